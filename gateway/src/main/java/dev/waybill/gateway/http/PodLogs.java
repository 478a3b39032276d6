package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code pods/log}: passes what the pod's node serves on, over mutual TLS, as it comes. Thread-safe. */
final class PodLogs {
    private static final List<String> PARAMETERS =
            List.of("follow", "tailLines", "sinceSeconds", "sinceTime", "timestamps", "previous", "limitBytes");

    private final ClusterCertificates certificates;
    private volatile @Nullable HttpClient client;

    PodLogs(ClusterCertificates certificates) {
        this.certificates = certificates;
    }

    void serve(ApiCall call, ResourceImage image) throws IOException {
        StoredObject pod = image.get(call.key());
        if (pod == null) {
            throw new ApiException(Statuses.notFound(call.kind(), call.path().name()));
        }
        String container = container(call, pod);
        String node = pod.json().path("spec").path("nodeName").asString("");
        if (node.isEmpty()) {
            throw ApiException.badRequest("pod " + pod.name() + " does not have a host assigned");
        }
        URI uri = address(call, image, pod, node, container);
        try {
            HttpResponse<InputStream> response =
                    client().send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    String reason = new String(body.readNBytes(4_096), StandardCharsets.UTF_8).strip();
                    throw ApiException.badRequest(reason);
                }
                call.response().setContentType("text/plain");
                copy(body, call.response().getOutputStream());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String container(ApiCall call, StoredObject pod) {
        String asked = call.query("container");
        List<String> names = new ArrayList<>();
        pod.json()
                .path("spec")
                .path("initContainers")
                .forEach(each -> names.add(each.path("name").asString("")));
        int inits = names.size();
        pod.json()
                .path("spec")
                .path("containers")
                .forEach(each -> names.add(each.path("name").asString("")));
        if (asked.isEmpty()) {
            if (names.size() - inits > 1 || inits > 0) {
                throw ApiException.badRequest("a container name must be specified for pod " + pod.name()
                        + ", choose one of: [" + String.join(" ", names) + "]");
            }
            return names.getFirst();
        }
        if (!names.contains(asked)) {
            throw ApiException.badRequest("container " + asked + " is not valid for pod " + pod.name());
        }
        return asked;
    }

    private static URI address(ApiCall call, ResourceImage image, StoredObject pod, String node, String container) {
        StoredObject found = image.get(new ResourceKey("", "nodes", "", node));
        JsonNode status = found == null ? null : found.json().path("status");
        int port = status == null
                ? 0
                : status.path("daemonEndpoints")
                        .path("kubeletEndpoint")
                        .path("Port")
                        .asInt(0);
        if (status == null || port == 0) {
            throw ApiException.of(503, "ServiceUnavailable", "node " + node + " serves no logs now");
        }
        String host = "127.0.0.1";
        for (JsonNode address : status.path("addresses")) {
            host = address.path("type").asString("").equals("InternalIP")
                    ? address.path("address").asString(host)
                    : host;
        }
        StringBuilder uri = new StringBuilder("https://" + host + ":" + port + "/containerLogs/" + pod.namespace() + "/"
                + pod.name() + "/" + container);
        char separator = '?';
        for (String name : PARAMETERS) {
            if (!call.query(name).isEmpty()) {
                uri.append(separator)
                        .append(name)
                        .append('=')
                        .append(URLEncoder.encode(call.query(name), StandardCharsets.UTF_8));
                separator = '&';
            }
        }
        return URI.create(uri.toString());
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[16 << 10];
        int read;
        while ((read = from.read(buffer)) >= 0) {
            to.write(buffer, 0, read);
            to.flush();
        }
    }

    private HttpClient client() {
        HttpClient existing = client;
        if (existing == null) {
            existing = HttpClient.newBuilder()
                    .sslContext(certificates.clientContext())
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();
            client = existing;
        }
        return existing;
    }
}
