package dev.waybill.gateway.http;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.metrics.ContainerUse;
import dev.waybill.gateway.metrics.UsageBook;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.ResourceTail;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * metrics.k8s.io: what pods use now, and nodes, whose use is that of their pods. A pod shows once all its running
 * containers have been sampled twice. Thread-safe.
 */
final class MetricsReads {
    private static final String GROUP = "metrics.k8s.io";

    private final ResourceTail tail;
    private final UsageBook book;

    MetricsReads(ResourceTail tail, UsageBook book) {
        this.tail = tail;
        this.book = book;
    }

    static boolean concerns(Kind kind) {
        return kind.group().equals(GROUP);
    }

    void answer(ApiCall call) throws IOException {
        ResourceImage image = tail.image();
        String plural = call.kind().plural();
        if (!call.path().isCollection()) {
            StoredObject object = image.get(new ResourceKey(
                    "", plural, call.path().namespace(), call.path().name()));
            ObjectNode found =
                    object == null ? null : measured(call.kind(), image, object).orElse(null);
            if (found == null) {
                throw new ApiException(
                        Statuses.notFound(call.kind(), call.path().name()));
            }
            ObjectWriter.text(call.response(), call.negotiation().encoding(), 200, found.toString());
            return;
        }
        ObjectFilter filter = Reads.filter(call);
        ObjectNode list = Json.object();
        list.put("kind", call.kind().listKind()).put("apiVersion", call.kind().apiVersion());
        list.putObject("metadata");
        ArrayNode items = list.putArray("items");
        String namespace = call.path().namespace();
        for (StoredObject object : image.list("", plural, namespace.isEmpty() ? null : namespace)) {
            if (filter.matches(object)) {
                measured(call.kind(), image, object).ifPresent(items::add);
            }
        }
        ObjectWriter.text(call.response(), call.negotiation().encoding(), 200, list.toString());
    }

    private Optional<ObjectNode> measured(Kind kind, ResourceImage image, StoredObject object) {
        if (object.key().resource().equals("pods")) {
            return ofPod(object).map(uses -> {
                ObjectNode metrics = head(kind, object, uses);
                ArrayNode containers = metrics.putArray("containers");
                for (ContainerUse use : uses) {
                    amounts(
                            containers.addObject().put("name", use.container()).putObject("usage"),
                            use.cpuNanocores(),
                            use.memoryBytes());
                }
                return metrics;
            });
        }
        List<ContainerUse> all = new ArrayList<>();
        image.podsOn(object.name()).forEach(pod -> all.addAll(book.of(pod.uid())));
        ObjectNode metrics = head(kind, object, all);
        amounts(
                metrics.putObject("usage"),
                all.stream().mapToLong(ContainerUse::cpuNanocores).sum(),
                all.stream().mapToLong(ContainerUse::memoryBytes).sum());
        return Optional.of(metrics);
    }

    private Optional<List<ContainerUse>> ofPod(StoredObject pod) {
        List<ContainerUse> uses = book.of(pod.uid());
        boolean whole = !uses.isEmpty()
                && pod.json()
                        .path("status")
                        .path("containerStatuses")
                        .valueStream()
                        .filter(status -> status.path("state").has("running"))
                        .allMatch(status ->
                                uses.stream().anyMatch(use -> use.container().equals(Json.text(status, "name"))));
        return whole ? Optional.of(uses) : Optional.empty();
    }

    private static ObjectNode head(Kind kind, StoredObject object, List<ContainerUse> uses) {
        Instant now = Instant.now();
        Instant at = uses.stream().map(ContainerUse::at).min(Instant::compareTo).orElse(now);
        Duration window =
                uses.stream().map(ContainerUse::window).max(Duration::compareTo).orElse(Duration.ZERO);
        ObjectNode metrics = Json.object();
        metrics.put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
        ObjectNode metadata = metrics.putObject("metadata").put("name", object.name());
        if (!object.namespace().isEmpty()) {
            metadata.put("namespace", object.namespace());
        }
        metadata.put("creationTimestamp", now.truncatedTo(ChronoUnit.SECONDS).toString());
        if (!object.labels().isEmpty()) {
            ObjectNode labels = metadata.putObject("labels");
            object.labels().forEach(labels::put);
        }
        metrics.put("timestamp", at.truncatedTo(ChronoUnit.SECONDS).toString());
        metrics.put("window", window.toMillis() / 1000.0 + "s");
        return metrics;
    }

    private static void amounts(ObjectNode usage, long nanocores, long bytes) {
        usage.put("cpu", nanocores + "n").put("memory", bytes / 1024 + "Ki");
    }
}
