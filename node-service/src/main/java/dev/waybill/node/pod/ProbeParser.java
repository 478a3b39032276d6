package dev.waybill.node.pod;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the probes of a container, with Kubernetes' defaults. Pure. */
final class ProbeParser {
    private ProbeParser() {}

    static Map<ProbeSpec.Kind, ProbeSpec> parse(JsonNode container) {
        Map<ProbeSpec.Kind, ProbeSpec> probes = new EnumMap<>(ProbeSpec.Kind.class);
        for (ProbeSpec.Kind kind : ProbeSpec.Kind.values()) {
            JsonNode node = container.path(kind.text() + "Probe");
            if (node.isObject()) {
                probes.put(kind, probe(node, container.path("ports")));
            }
        }
        return probes;
    }

    static Lifecycle lifecycle(JsonNode container) {
        return new Lifecycle(
                hooks(container), container.path("lifecycle").path("stopSignal").asString(""));
    }

    /** The actions of lifecycle hooks. */
    private static Map<Hook, ProbeSpec.Action> hooks(JsonNode container) {
        Map<Hook, ProbeSpec.Action> hooks = new EnumMap<>(Hook.class);
        for (Hook hook : Hook.values()) {
            String field = hook == Hook.POST_START ? "postStart" : "preStop";
            JsonNode node = container.path("lifecycle").path(field);
            if (node.isObject() && !node.isEmpty()) {
                hooks.put(hook, action(node, container.path("ports")));
            }
        }
        return hooks;
    }

    private static ProbeSpec probe(JsonNode node, JsonNode ports) {
        @Nullable
        Duration grace = node.has("terminationGracePeriodSeconds")
                ? Duration.ofSeconds(node.path("terminationGracePeriodSeconds").asLong(0))
                : null;
        return new ProbeSpec(
                action(node, ports),
                Duration.ofSeconds(node.path("initialDelaySeconds").asLong(0)),
                Duration.ofSeconds(Math.max(1, node.path("periodSeconds").asLong(10))),
                Duration.ofSeconds(Math.max(1, node.path("timeoutSeconds").asLong(1))),
                Math.max(1, node.path("successThreshold").asInt(1)),
                Math.max(1, node.path("failureThreshold").asInt(3)),
                grace);
    }

    private static ProbeSpec.Action action(JsonNode node, JsonNode ports) {
        if (node.has("exec")) {
            return new ProbeSpec.Action.Exec(PodParser.list(node.path("exec").path("command")));
        }
        if (node.has("httpGet")) {
            JsonNode get = node.path("httpGet");
            Map<String, String> headers = new LinkedHashMap<>();
            get.path("httpHeaders")
                    .forEach(header -> headers.put(
                            header.path("name").asString(""),
                            header.path("value").asString("")));
            String path = get.path("path").asString("/");
            return new ProbeSpec.Action.Http(
                    get.path("scheme").asString("HTTP"),
                    get.path("host").asString(""),
                    port(get.path("port"), ports),
                    path.startsWith("/") ? path : "/" + path,
                    headers);
        }
        if (node.has("tcpSocket")) {
            JsonNode socket = node.path("tcpSocket");
            return new ProbeSpec.Action.Tcp(socket.path("host").asString(""), port(socket.path("port"), ports));
        }
        if (node.has("grpc")) {
            JsonNode grpc = node.path("grpc");
            return new ProbeSpec.Action.Grpc(
                    grpc.path("port").asInt(0), grpc.path("service").asString(""));
        }
        if (node.has("sleep")) {
            return new ProbeSpec.Action.Sleep(
                    Duration.ofSeconds(node.path("sleep").path("seconds").asLong(0)));
        }
        return new ProbeSpec.Action.Unsupported("this node knows probes by exec, httpGet, tcpSocket and grpc only");
    }

    /** A number, or the name of one of the container's ports; 0 when there is none of that name. */
    private static int port(JsonNode port, JsonNode ports) {
        if (port.isNumber()) {
            return port.asInt(0);
        }
        String name = port.asString("");
        for (JsonNode candidate : ports) {
            if (candidate.path("name").asString("").equals(name)) {
                return candidate.path("containerPort").asInt(0);
            }
        }
        return name.matches("\\d{1,5}") ? Integer.parseInt(name) : 0;
    }
}
