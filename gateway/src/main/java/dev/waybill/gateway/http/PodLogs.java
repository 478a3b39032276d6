package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.auth.TokenSubprotocol;
import dev.waybill.gateway.http.stream.NodeEndpoint;
import dev.waybill.gateway.http.websocket.OutgoingSocket;
import dev.waybill.gateway.state.ResourceImage;
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

/** {@code pods/log}: passes what the pod's node serves on, over mutual TLS, as it comes. Thread-safe. */
final class PodLogs {
    private static final List<String> FLAGS = List.of("follow", "timestamps", "previous");
    private static final List<String> PARAMETERS = List.of("tailLines", "sinceSeconds", "sinceTime", "limitBytes");

    private final ClusterCertificates certificates;
    private volatile @Nullable HttpClient client;

    PodLogs(ClusterCertificates certificates) {
        this.certificates = certificates;
    }

    void serve(ApiCall call, ResourceImage image) throws IOException {
        PodTarget target = PodTarget.of(call, image);
        URI uri = address(call, target);
        boolean webSocket = TokenSubprotocol.isWebSocket(call.request());
        String protocol = webSocket ? LogMessages.protocol(TokenSubprotocol.others(call.request())) : "";
        try {
            HttpResponse<InputStream> response =
                    client().send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofInputStream());
            InputStream body = response.body();
            if (response.statusCode() == 200 && webSocket) {
                OutgoingSocket.open(call.request(), call.response(), protocol, new LogMessages(body, protocol));
                return;
            }
            try (body) {
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

    private static URI address(ApiCall call, PodTarget target) {
        NodeEndpoint node = target.node();
        List<String> query = new ArrayList<>();
        FLAGS.stream().filter(call::flag).forEach(name -> query.add(name + "=true"));
        for (String name : PARAMETERS) {
            if (!call.query(name).isEmpty()) {
                query.add(name + "=" + URLEncoder.encode(call.query(name), StandardCharsets.UTF_8));
            }
        }
        return URI.create("https://" + node.host() + ":" + node.port() + "/containerLogs/"
                + target.pod().namespace() + "/" + target.pod().name() + "/"
                + target.container(call.query("container")) + "?" + String.join("&", query));
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
