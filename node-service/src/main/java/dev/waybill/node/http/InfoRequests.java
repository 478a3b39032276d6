package dev.waybill.node.http;

import dev.waybill.node.agent.ContainerUse;
import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.pod.PodSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a node says of itself, with the kubelet's paths: {@code /healthz}, {@code /pods}, {@code /stats/summary} and
 * {@code /metrics/resource}. Thread-safe.
 */
final class InfoRequests {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final NodeAgent agent;
    private final String node;

    InfoRequests(NodeAgent agent, String node) {
        this.agent = agent;
        this.node = node;
    }

    void serve(Exchange exchange) throws IOException {
        switch (String.join("/", exchange.head().segments())) {
            case "healthz" -> exchange.answer(200, "ok");
            case "pods" -> json(exchange, pods(agent.manifests()));
            case "stats/summary" -> json(exchange, summary(node, agent.usage(), Instant.now()));
            case "metrics/resource" ->
                answer(exchange, "text/plain; version=0.0.4; charset=utf-8", metrics(agent.usage()));
            default -> exchange.answer(404, "404 page not found");
        }
    }

    private static void json(Exchange exchange, ObjectNode document) throws IOException {
        answer(exchange, "application/json", document.toString());
    }

    private static void answer(Exchange exchange, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.start(200, Map.of("Content-Type", type, "Content-Length", Integer.toString(bytes.length)));
        if (!exchange.head().method().equals("HEAD")) {
            exchange.out().write(bytes);
        }
        exchange.out().flush();
    }

    private static ObjectNode pods(List<ObjectNode> manifests) {
        ObjectNode list = JSON.createObjectNode();
        list.put("kind", "PodList").put("apiVersion", "v1").putObject("metadata");
        manifests.forEach(list.putArray("items")::add);
        return list;
    }

    /** The counters of k8s.io/kubelet/pkg/apis/stats/v1alpha1; rates take two readings, of which this is one. */
    static ObjectNode summary(String node, List<ContainerUse> all, Instant now) {
        ObjectNode summary = JSON.createObjectNode();
        ObjectNode whole = summary.putObject("node").put("nodeName", node);
        use(whole, all, now);
        Map<String, List<ContainerUse>> byPod = new LinkedHashMap<>();
        for (ContainerUse use : all) {
            byPod.computeIfAbsent(use.pod().uid(), _ -> new java.util.ArrayList<>())
                    .add(use);
        }
        var pods = summary.putArray("pods");
        for (List<ContainerUse> uses : byPod.values()) {
            PodSpec pod = uses.getFirst().pod();
            ObjectNode entry = pods.addObject();
            entry.putObject("podRef")
                    .put("name", pod.name())
                    .put("namespace", pod.namespace())
                    .put("uid", pod.uid());
            use(entry, uses, now);
            var containers = entry.putArray("containers");
            uses.forEach(each -> use(containers.addObject().put("name", each.container()), List.of(each), now));
        }
        return summary;
    }

    private static void use(ObjectNode holder, List<ContainerUse> uses, Instant now) {
        holder.putObject("cpu")
                .put("time", now.toString())
                .put(
                        "usageCoreNanoSeconds",
                        uses.stream().mapToLong(each -> each.use().cpuNanos()).sum());
        holder.putObject("memory")
                .put("time", now.toString())
                .put(
                        "usageBytes",
                        uses.stream()
                                .mapToLong(each -> each.use().memoryBytes())
                                .sum())
                .put(
                        "workingSetBytes",
                        uses.stream()
                                .mapToLong(each -> each.use().workingSetBytes())
                                .sum());
    }

    /** In the text format of Prometheus, with the kubelet's names. */
    static String metrics(List<ContainerUse> all) {
        StringBuilder cpu = new StringBuilder("# TYPE container_cpu_usage_seconds_total counter\n");
        StringBuilder memory = new StringBuilder("# TYPE container_memory_working_set_bytes gauge\n");
        for (ContainerUse each : all) {
            // Names are DNS labels: there is nothing in them to escape.
            String labels = "{container=\"" + each.container() + "\",namespace=\""
                    + each.pod().namespace() + "\",pod=\"" + each.pod().name() + "\"} ";
            cpu.append("container_cpu_usage_seconds_total")
                    .append(labels)
                    .append(each.use().cpuNanos() / 1e9)
                    .append('\n');
            memory.append("container_memory_working_set_bytes")
                    .append(labels)
                    .append(each.use().workingSetBytes())
                    .append('\n');
        }
        return cpu.append(memory).toString();
    }
}
