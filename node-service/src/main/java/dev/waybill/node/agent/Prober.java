package dev.waybill.node.agent;

import dev.waybill.node.grpc.GrpcHealth;
import dev.waybill.node.oci.CommandFailedException;
import dev.waybill.node.oci.OciRuntime;
import dev.waybill.node.pod.ProbeSpec.Action;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Asks containers how they do, by command, HTTP, TCP or gRPC; each call blocks until the answer or its timeout. Thread-safe. */
final class Prober implements AutoCloseable {
    static {
        // A probe may set the Host header; the client reads this once, when its first class is loaded.
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
    }

    private final OciRuntime runtime;
    private final HttpClient http;

    Prober(OciRuntime runtime) {
        this.runtime = runtime;
        // As with Kubernetes, nobody asks who a container's certificate is from, and a redirect is an answer.
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .sslContext(AnyCertificate.context())
                .build();
    }

    /** Why the container is not well; empty when it is. */
    Optional<String> ask(Action action, String containerId, String podIp, Duration timeout) {
        try {
            return switch (action) {
                case Action.Exec exec -> exec(exec, containerId, timeout);
                case Action.Http get -> http(get, podIp, timeout);
                case Action.Tcp tcp -> tcp(tcp, podIp, timeout);
                case Action.Grpc(int port, String service) -> GrpcHealth.check(podIp, port, service, timeout);
                case Action.Sleep(Duration time) -> {
                    Thread.sleep(time.compareTo(timeout) < 0 ? time : timeout);
                    yield Optional.empty();
                }
                case Action.Unsupported(String reason) -> Optional.of(reason);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        } catch (IOException | RuntimeException e) {
            return Optional.of(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private Optional<String> exec(Action.Exec exec, String containerId, Duration timeout) {
        try {
            int code = runtime.exec(containerId, exec.command(), timeout);
            return code == 0 ? Optional.empty() : Optional.of("command ended with exit code " + code);
        } catch (CommandFailedException e) {
            return Optional.of("command: " + e.getMessage());
        }
    }

    private Optional<String> http(Action.Http get, String podIp, Duration timeout)
            throws IOException, InterruptedException {
        String host = get.host().isEmpty() ? podIp : get.host();
        URI uri = URI.create(get.scheme().toLowerCase(Locale.ROOT) + "://" + host + ":" + get.port() + get.path());
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(timeout)
                .header("User-Agent", "waybill-probe")
                .header("Accept", "*/*");
        get.headers().forEach(request::setHeader);
        int code = http.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
        return code >= 200 && code < 400 ? Optional.empty() : Optional.of("HTTP probe failed with statuscode: " + code);
    }

    private static Optional<String> tcp(Action.Tcp tcp, String podIp, Duration timeout) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(tcp.host().isEmpty() ? podIp : tcp.host(), tcp.port()), (int)
                    timeout.toMillis());
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
