package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.auth.TokenSubprotocol;
import dev.waybill.gateway.http.stream.NodeUpgrade;
import dev.waybill.gateway.http.stream.Tunnels;
import dev.waybill.gateway.state.ResourceImage;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * {@code pods/exec}, {@code pods/attach} and {@code pods/portforward}: the pod's node speaks the client's protocol
 * (WebSocket or SPDY/3.1), the gateway decides who may and passes the bytes. Thread-safe.
 */
final class PodStreams {
    static final Set<String> SUBRESOURCES = Set.of("exec", "attach", "portforward");

    private static final List<String> PASSED =
            List.of("Upgrade", "X-Stream-Protocol-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Version");
    /** The kubelet's names of the streams. */
    private static final Map<String, String> STREAMS =
            Map.of("stdin", "input", "stdout", "output", "stderr", "error", "tty", "tty");

    private final ClusterCertificates certificates;
    private final Tunnels tunnels;

    PodStreams(ClusterCertificates certificates, Tunnels tunnels) {
        this.certificates = certificates;
        this.tunnels = tunnels;
    }

    void serve(ApiCall call, ResourceImage image) throws IOException {
        PodTarget target = PodTarget.of(call, image);
        String path = path(call, target);
        Map<String, List<String>> headers = headers(call.request());
        NodeUpgrade answer;
        try {
            answer = NodeUpgrade.request(certificates.clientContext(), target.node(), path, headers);
        } catch (IOException e) {
            throw ApiException.of(
                    500,
                    "InternalError",
                    "Internal error occurred: error dialing backend: node "
                            + target.node().node() + ": " + e.getMessage());
        }
        if (answer.status() == HttpServletResponse.SC_SWITCHING_PROTOCOLS) {
            tunnels.open(call.request(), call.response(), answer);
        } else {
            refuse(call, answer);
        }
    }

    private static void refuse(ApiCall call, NodeUpgrade answer) throws IOException {
        try (answer) {
            String accepted = answer.headers().get("X-Accepted-Stream-Protocol-Versions");
            if (accepted != null) {
                call.response().setHeader("X-Accepted-Stream-Protocol-Versions", accepted);
                throw ApiException.of(
                        403,
                        "Forbidden",
                        "unable to upgrade: unable to negotiate protocol: server supports " + accepted);
            }
            String reason = answer.reason();
            throw switch (answer.status()) {
                case 400 -> ApiException.badRequest(reason);
                case 404 -> ApiException.of(404, "NotFound", reason);
                default -> ApiException.of(500, "InternalError", "Internal error occurred: " + reason);
            };
        }
    }

    private static String path(ApiCall call, PodTarget target) {
        String pod = target.pod().namespace() + "/" + target.pod().name();
        List<String> query = new ArrayList<>();
        if (call.path().subresource().equals("portforward")) {
            values(call, "ports").forEach(port -> query.add("ports=" + encode(port)));
            return "/portForward/" + pod + "?" + String.join("&", query);
        }
        boolean exec = call.path().subresource().equals("exec");
        String container = target.container(call.query("container"));
        STREAMS.forEach((name, kubelets) -> {
            if (call.flag(name)) {
                query.add(kubelets + "=1");
            }
        });
        if (query.stream().allMatch("tty=1"::equals)) {
            throw ApiException.badRequest("you must specify at least 1 of stdin, stdout, stderr");
        }
        if (exec) {
            List<String> command = values(call, "command");
            if (command.isEmpty()) {
                throw ApiException.badRequest("you must specify at least one command for the container");
            }
            command.forEach(word -> query.add("command=" + encode(word)));
        }
        return (exec ? "/exec/" : "/attach/") + pod + "/" + container + "?" + String.join("&", query);
    }

    private static List<String> values(ApiCall call, String name) {
        String[] values = call.parameters().get(name);
        return values == null ? List.of() : List.of(values);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Map<String, List<String>> headers(HttpServletRequest request) {
        String upgrade = request.getHeader("Upgrade");
        if (upgrade == null || !Set.of("websocket", "spdy/3.1").contains(upgrade.toLowerCase(Locale.ROOT))) {
            throw ApiException.badRequest("Upgrade request required");
        }
        Map<String, List<String>> headers = new LinkedHashMap<>();
        headers.put("Connection", List.of("Upgrade"));
        for (String name : PASSED) {
            List<String> values = Collections.list(request.getHeaders(name)).stream()
                    .flatMap(line -> Arrays.stream(line.split(",", -1)))
                    .map(String::strip)
                    .toList();
            if (!values.isEmpty()) {
                headers.put(name, List.of(String.join(", ", values)));
            }
        }
        List<String> protocols = TokenSubprotocol.others(request); // a token among them is for the gateway
        if (!protocols.isEmpty()) {
            headers.put("Sec-WebSocket-Protocol", List.of(String.join(", ", protocols)));
        }
        return headers;
    }
}
