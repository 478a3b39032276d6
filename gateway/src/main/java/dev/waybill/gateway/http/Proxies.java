package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.auth.TokenSubprotocol;
import dev.waybill.gateway.http.proxy.HttpExchange;
import dev.waybill.gateway.http.proxy.HttpExchange.Answer;
import dev.waybill.gateway.http.proxy.HttpExchange.Header;
import dev.waybill.gateway.http.stream.Connection;
import dev.waybill.gateway.http.stream.Tunnels;
import dev.waybill.gateway.state.ResourceImage;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * {@code pods/proxy} and {@code services/proxy}: passes a request to a program in a pod, by way of the pod's node, and
 * its answer back, or makes both a tunnel when they agree on another protocol (k8s.io/apimachinery/pkg/util/proxy).
 * {@code nodes/proxy}: to the node itself. Thread-safe.
 */
final class Proxies {
    static final String SUBRESOURCE = "proxy";

    private static final String SUBPROTOCOLS = "Sec-WebSocket-Protocol";
    private static final Pattern PREFIX =
            Pattern.compile("/api/v1/(?:namespaces/[^/]+/(?:pods|services)|nodes)/[^/]+/proxy");
    private static final int BUFFER_BYTES = 16 << 10;

    private final ClusterCertificates certificates;
    private final Tunnels tunnels;

    /** Who answers a request in the end. */
    interface Backend {
        /** As the request names him. */
        String host();

        Connection connect(SSLContext tls) throws IOException;
    }

    Proxies(ClusterCertificates certificates, Tunnels tunnels) {
        this.certificates = certificates;
        this.tunnels = tunnels;
    }

    void serve(ApiCall call, ResourceImage image) throws IOException {
        HttpServletRequest request = call.request();
        Matcher prefix = PREFIX.matcher(request.getRequestURI());
        if (!prefix.lookingAt()) {
            throw ApiException.notFound();
        }
        String rest = request.getRequestURI().substring(prefix.end());
        String query = request.getQueryString() == null ? "" : "?" + request.getQueryString();
        boolean reads = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        if (rest.isEmpty() && reads) {
            // So that what a page names relatively lies below it.
            call.response().setStatus(HttpServletResponse.SC_MOVED_PERMANENTLY);
            call.response().setHeader("Location", request.getRequestURI() + "/" + query);
            return;
        }
        boolean node = call.kind().plural().equals("nodes");
        Backend backend = node ? NodeTarget.of(call, image, rest) : ProxyTarget.of(call, image);
        String target = (rest.isEmpty() ? "/" : rest) + query;
        Connection connection = null;
        try {
            connection = backend.connect(certificates.clientContext());
            HttpExchange exchange = new HttpExchange(connection.input(), connection.output());
            List<Header> headers = headers(request, backend);
            String protocol = node ? "" : protocol(request);
            if (protocol.isEmpty()) {
                exchange.send(
                        request.getMethod(),
                        target,
                        headers,
                        request.getInputStream(),
                        request.getHeader("Transfer-Encoding") == null
                                ? Math.max(0, request.getContentLengthLong())
                                : -1);
            } else {
                headers.addAll(agreement(request));
                exchange.upgrade(request.getMethod(), target, protocol, headers);
            }
            Answer answer = exchange.answer(request.getMethod());
            if (answer.status() == HttpExchange.SWITCHING) {
                answer.headers().forEach(header -> call.response().addHeader(header.name(), header.value()));
                tunnels.open(request, connection.from(exchange.rest()));
                connection = null; // the tunnel's from now on
            } else {
                pass(answer, call.response(), prefix.group());
            }
        } catch (IOException e) {
            if (call.response().isCommitted()) {
                throw e;
            }
            throw ApiException.of(503, "ServiceUnavailable", "error trying to reach service: " + e.getMessage());
        } finally {
            close(connection);
        }
    }

    private static void close(@Nullable Connection connection) throws IOException {
        if (connection != null) {
            connection.close();
        }
    }

    /** The protocol that a request wants to go on with; empty when it does not. */
    private static String protocol(HttpServletRequest request) {
        String connection = Optional.ofNullable(request.getHeader("Connection")).orElse("");
        String upgrade = request.getHeader("Upgrade");
        return upgrade != null && connection.toLowerCase(Locale.ROOT).contains("upgrade") ? upgrade : "";
    }

    /** What is said of a WebSocket's handshake; a token among the subprotocols is for the gateway. */
    private static List<Header> agreement(HttpServletRequest request) {
        List<Header> headers = new ArrayList<>();
        for (String name : Collections.list(request.getHeaderNames())) {
            if (HttpExchange.agrees(name) && !name.equalsIgnoreCase(SUBPROTOCOLS)) {
                Collections.list(request.getHeaders(name)).forEach(value -> headers.add(new Header(name, value)));
            }
        }
        List<String> protocols = TokenSubprotocol.others(request);
        if (!protocols.isEmpty()) {
            headers.add(new Header(SUBPROTOCOLS, String.join(", ", protocols)));
        }
        return headers;
    }

    /** All but what is for the gateway: its connection, and who calls. */
    private static List<Header> headers(HttpServletRequest request, Backend target) {
        List<Header> headers = new ArrayList<>();
        headers.add(new Header("Host", target.host()));
        for (String name : Collections.list(request.getHeaderNames())) {
            String lower = name.toLowerCase(Locale.ROOT);
            boolean ours = lower.equals("host") || lower.equals("authorization") || lower.startsWith("impersonate-");
            if (!ours && HttpExchange.passes(name)) {
                Collections.list(request.getHeaders(name)).forEach(value -> headers.add(new Header(name, value)));
            }
        }
        headers.add(new Header("X-Forwarded-Uri", request.getRequestURI()));
        headers.add(new Header("X-Forwarded-Host", request.getHeader("Host")));
        headers.add(new Header("X-Forwarded-Proto", request.getScheme()));
        return headers;
    }

    private static void pass(Answer answer, HttpServletResponse response, String prefix) throws IOException {
        response.setStatus(answer.status());
        for (Header header : answer.headers()) {
            boolean path = header.name().equalsIgnoreCase("Location")
                    && header.value().startsWith("/")
                    && !header.value().startsWith("//");
            if (HttpExchange.passes(header.name())) {
                response.addHeader(header.name(), path ? prefix + header.value() : header.value());
            }
        }
        try (InputStream body = answer.body();
                OutputStream out = response.getOutputStream()) {
            response.flushBuffer();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
                out.write(buffer, 0, count);
                out.flush();
            }
        }
    }
}
