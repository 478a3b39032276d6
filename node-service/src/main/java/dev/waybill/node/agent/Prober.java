package dev.waybill.node.agent;

import dev.waybill.node.grpc.GrpcHealth;
import dev.waybill.node.oci.Command;
import dev.waybill.node.oci.CommandFailedException;
import dev.waybill.node.oci.OciRuntime;
import dev.waybill.node.pod.ProbeSpec.Action;
import dev.waybill.runtime.AnyCertificate;
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
        return carryOut(action, containerId, podIp, timeout, true);
    }

    /** Why a hook failed; empty when it did not. What its command wrote is nobody's business: there may be secrets in it. */
    Optional<String> run(Action hook, String containerId, String podIp, Duration limit) {
        return carryOut(hook, containerId, podIp, limit, false);
    }

    private Optional<String> carryOut(
            Action action, String containerId, String podIp, Duration timeout, boolean telling) {
        try {
            return switch (action) {
                case Action.Exec exec -> exec(exec, containerId, timeout, telling);
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

    /** In the words of the kubelet: what a command says is the reason, and how it ended only when it says nothing. */
    private Optional<String> exec(Action.Exec exec, String containerId, Duration timeout, boolean telling) {
        try {
            Command.Ended ended = runtime.exec(containerId, exec.command(), timeout);
            if (ended.exitCode() == 0) {
                return Optional.empty();
            }
            return Optional.of(
                    telling && !ended.output().isBlank()
                            ? ended.output().strip()
                            : "command ended with exit code " + ended.exitCode());
        } catch (Command.LateException e) {
            return Optional.of(
                    "command timed out: \"" + String.join(" ", exec.command()) + "\" timed out after " + text(timeout));
        } catch (CommandFailedException e) {
            return Optional.of("command: " + e.getMessage());
        }
    }

    private static String text(Duration timeout) {
        return timeout.toMillisPart() == 0 ? timeout.toSeconds() + "s" : timeout.toMillis() + "ms";
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
