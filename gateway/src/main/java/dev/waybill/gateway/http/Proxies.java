package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.http.proxy.HttpExchange;
import dev.waybill.gateway.http.proxy.HttpExchange.Answer;
import dev.waybill.gateway.http.proxy.HttpExchange.Header;
import dev.waybill.gateway.http.stream.ForwardedPort;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code pods/proxy} and {@code services/proxy}: passes a request to a program in a pod, by way of the pod's node, and
 * its answer back (k8s.io/apimachinery/pkg/util/proxy). Thread-safe.
 */
final class Proxies {
    static final String SUBRESOURCE = "proxy";

    private static final Pattern PREFIX = Pattern.compile("/api/v1/namespaces/[^/]+/(?:pods|services)/[^/]+/proxy");
    private static final int BUFFER_BYTES = 16 << 10;

    private final ClusterCertificates certificates;

    Proxies(ClusterCertificates certificates) {
        this.certificates = certificates;
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
        ProxyTarget target = ProxyTarget.of(call, image);
        ForwardedPort port = null;
        try {
            port = ForwardedPort.open(
                    certificates.clientContext(), target.node(), target.namespace(), target.pod(), target.port());
            HttpExchange exchange = new HttpExchange(port.input(), port.output());
            exchange.send(
                    request.getMethod(),
                    (rest.isEmpty() ? "/" : rest) + query,
                    headers(request, target),
                    request.getInputStream(),
                    request.getHeader("Transfer-Encoding") == null ? Math.max(0, request.getContentLengthLong()) : -1);
            Answer answer = exchange.answer(request.getMethod());
            pass(answer, call.response(), prefix.group());
        } catch (IOException e) {
            if (call.response().isCommitted()) {
                throw e;
            }
            throw ApiException.of(503, "ServiceUnavailable", "error trying to reach service: " + e.getMessage());
        } finally {
            close(port);
        }
    }

    private static void close(@Nullable ForwardedPort port) throws IOException {
        if (port != null) {
            port.close();
        }
    }

    /** All but what is for the gateway: its connection, and who calls. */
    private static List<Header> headers(HttpServletRequest request, ProxyTarget target) {
        List<Header> headers = new ArrayList<>();
        headers.add(new Header("Host", target.host()));
        for (String name : Collections.list(request.getHeaderNames())) {
            String lower = name.toLowerCase(Locale.ROOT);
            boolean ours = lower.equals("host")
                    || lower.equals("authorization")
                    || lower.startsWith("impersonate-")
                    || lower.startsWith("sec-websocket-"); // a token may be among the subprotocols
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
