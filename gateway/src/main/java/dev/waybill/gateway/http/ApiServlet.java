package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.runtime.TraceContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.coyote.CloseNowException;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every path of the API: who calls, what about, whether he may, and which handler answers. Thread-safe. */
public final class ApiServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(ApiServlet.class);

    private final transient Gatekeeper gatekeeper;
    private final transient ResourceTail tail;
    private final transient BooleanSupplier ready;
    private final transient Documents documents;
    private final transient Handlers handlers;
    private final transient Duration longest;

    /** The handlers of the resource API. */
    record Handlers(
            Reads reads,
            Writes writes,
            Watches watches,
            PodLogs logs,
            PodStreams streams,
            Proxies proxies,
            Reviews reviews,
            TokenRequests tokens,
            MetricsReads metrics) {}

    /** @param longest time for a request that does not stream */
    ApiServlet(
            Gatekeeper gatekeeper,
            ResourceTail tail,
            BooleanSupplier ready,
            Documents documents,
            Handlers handlers,
            Duration longest) {
        this.gatekeeper = gatekeeper;
        this.tail = tail;
        this.ready = ready;
        this.documents = documents;
        this.handlers = handlers;
        this.longest = longest;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            route(request, response);
        } catch (ApiException e) {
            if (!response.isCommitted()) {
                if (e.code() == 401) {
                    response.setHeader("WWW-Authenticate", "Bearer");
                }
                int wait = e.status().path("details").path("retryAfterSeconds").asInt(0);
                if (wait > 0) {
                    response.setIntHeader("Retry-After", wait);
                }
                ObjectWriter.json(response, e.code(), e.status());
            }
            if (e.abandons()) {
                response.flushBuffer();
                // Else the server would read the rest of the body, however slowly it comes.
                throw new CloseNowException(e.getMessage());
            }
        } catch (InvalidParameterException e) {
            if (!response.isCommitted()) {
                ObjectWriter.json(response, 400, Statuses.failure(400, "BadRequest", "the query is malformed"));
            }
        } catch (IOException e) {
            throw e; // the caller has gone
        } catch (RuntimeException e) {
            log.error("{} {} failed", request.getMethod(), request.getRequestURI(), e);
            if (!response.isCommitted()) {
                ObjectWriter.json(
                        response, 500, Statuses.failure(500, "InternalError", "Internal error occurred: " + e));
            }
        }
    }

    private void route(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> segments = segments(request);
        String first = segments.isEmpty() ? "" : segments.getFirst();
        switch (first) {
            case "healthz", "livez" -> plain(response, 200, "ok");
            case "readyz" ->
                plain(response, ready.getAsBoolean() ? 200 : 503, ready.getAsBoolean() ? "ok" : "not ready");
            default -> authenticated(request, response, segments);
        }
    }

    /** Paths mean what they say: none is walked up. */
    private static List<String> segments(HttpServletRequest request) {
        List<String> segments;
        try {
            segments = ResourcePath.segments(request.getRequestURI());
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("the path is not well escaped");
        }
        if (segments.contains("..") || segments.contains(".")) {
            throw ApiException.badRequest("the path must not contain . or ..");
        }
        return segments;
    }

    private void authenticated(HttpServletRequest request, HttpServletResponse response, List<String> segments)
            throws IOException {
        Optional<ResourcePath> path = ResourcePath.parse(request.getRequestURI());
        Identity identity = gatekeeper.admit(request, path.isPresent(), segments.isEmpty() ? "" : segments.getFirst());
        if (path.isPresent()) {
            resource(request, response, identity, path.get());
            return;
        }
        boolean reads = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        gatekeeper.authorize(
                identity,
                new Attempt.OnPath(
                        reads ? "get" : request.getMethod().toLowerCase(Locale.ROOT), request.getRequestURI()));
        if (!reads) {
            throw notAllowed();
        }
        documents.answer(request, response, segments);
    }

    private void resource(
            HttpServletRequest request, HttpServletResponse response, Identity identity, ResourcePath path)
            throws IOException {
        if (path.resource().isEmpty() || path.version().isEmpty()) {
            throw ApiException.notFound();
        }
        Verbs verbs = Verbs.of(request, path);
        gatekeeper.authorize(identity, verbs.attempt());
        boolean streams = PodStreams.SUBRESOURCES.contains(path.subresource());
        if (streams) {
            // A WebSocket begins with a GET, which alone would be a read: both ways ask for the right to create.
            gatekeeper.authorize(identity, verbs.attempt().as("create"));
        }
        Kind kind = tail.image().kinds().byResource(path.group(), path.version(), path.resource());
        if (kind == null
                || kind.verbs().isEmpty()
                || (!path.subresource().isEmpty() && !kind.subresources().contains(path.subresource()))
                || (!kind.namespaced() && !path.namespace().isEmpty())) {
            throw ApiException.notFound();
        }
        if (path.watched()) {
            checkWatched(request, path, kind);
        }
        boolean proxied = path.subresource().equals(Proxies.SUBRESOURCE);
        boolean text = streams || proxied || path.subresource().equals("log");
        ApiCall call = new ApiCall(
                path.watched() ? path.collection() : path,
                kind,
                identity,
                text
                        ? Negotiation.PLAIN
                        : Negotiation.of(
                                Optional.ofNullable(request.getHeader("Accept")).orElse("")),
                TraceContext.parse(request.getHeader("traceparent")).orNew(),
                text || verbs.attempt().verb().equals("watch") ? Deadline.in(longest) : Deadline.of(request, longest),
                path.watched() ? narrowed(request, path) : Map.copyOf(request.getParameterMap()),
                request,
                response);
        if (MetricsReads.concerns(kind)) {
            measure(call, verbs.attempt().verb());
        } else if (Reviews.concerns(kind)) {
            review(call);
        } else if (streams) {
            stream(call);
        } else if (proxied) {
            handlers.proxies().serve(named(call), tail.image());
        } else {
            dispatch(call, verbs.attempt().verb());
        }
    }

    /** Paths that ask for a watch are fewer than others: for whole collections, and objects where they are. */
    private static void checkWatched(HttpServletRequest request, ResourcePath path, Kind kind) {
        boolean misplaced = kind.namespaced() && path.namespace().isEmpty() && !path.isCollection();
        if (!kind.verbs().contains("watch") || !path.subresource().isEmpty() || misplaced) {
            throw ApiException.notFound();
        }
        if (!request.getMethod().equals("GET")) {
            throw notAllowed();
        }
    }

    /** A name in the path of a watch is the same as a selector. */
    private static Map<String, String[]> narrowed(HttpServletRequest request, ResourcePath path) {
        Map<String, String[]> parameters = new HashMap<>(request.getParameterMap());
        if (path.isCollection()) {
            return parameters;
        }
        String selector = ObjectFilter.ONE_NAME + path.name();
        String given =
                Optional.ofNullable(request.getParameter("fieldSelector")).orElse("");
        if (!given.isEmpty() && !given.replace("==", "=").equals(selector)) {
            throw ApiException.badRequest("fieldSelector metadata.name doesn't match requested name");
        }
        parameters.put("fieldSelector", new String[] {selector});
        return parameters;
    }

    private void stream(ApiCall call) throws IOException {
        if (!call.request().getMethod().equals("GET")
                && !call.request().getMethod().equals("POST")) {
            throw notAllowed();
        }
        handlers.streams().serve(named(call), tail.image());
    }

    private void measure(ApiCall call, String verb) throws IOException {
        if (!verb.equals("get") && !verb.equals("list")) {
            throw notAllowed();
        }
        if (!call.path().isCollection()) {
            requireNamespace(call);
        }
        handlers.metrics().answer(call);
    }

    private void review(ApiCall call) throws IOException {
        if (!call.request().getMethod().equals("POST") || !call.path().isCollection()) {
            throw notAllowed();
        }
        requireNamespace(call);
        handlers.reviews().answer(call);
    }

    private void dispatch(ApiCall call, String verb) throws IOException {
        switch (call.request().getMethod()) {
            case "GET", "HEAD" -> read(call, verb);
            case "POST" -> {
                if (call.path().isCollection() != call.path().subresource().isEmpty()) {
                    throw notAllowed();
                }
                requireNamespace(call);
                if (call.path().subresource().equals("token")) {
                    handlers.tokens().create(call);
                } else {
                    handlers.writes().create(call);
                }
            }
            case "PUT" -> handlers.writes().update(named(call));
            case "PATCH" -> handlers.writes().patch(named(call));
            case "DELETE" -> {
                if (call.path().isCollection()) {
                    handlers.writes().deleteCollection(call);
                } else {
                    requireNamespace(call);
                    handlers.writes().delete(call);
                }
            }
            default -> throw notAllowed();
        }
    }

    private void read(ApiCall call, String verb) throws IOException {
        if (verb.equals("watch")) {
            handlers.watches().watch(call);
        } else if (call.path().isCollection()) {
            handlers.reads().list(call);
        } else {
            requireNamespace(call);
            if (call.path().subresource().equals("log")) {
                handlers.logs().serve(call, tail.image());
            } else {
                handlers.reads().get(call);
            }
        }
    }

    private static ApiCall named(ApiCall call) {
        if (call.path().isCollection()) {
            throw notAllowed();
        }
        requireNamespace(call);
        return call;
    }

    private static void requireNamespace(ApiCall call) {
        if (call.kind().namespaced() && call.path().namespace().isEmpty()) {
            throw ApiException.badRequest(
                    "the path names no namespace, which " + call.kind().plural() + " need");
        }
    }

    private static ApiException notAllowed() {
        return ApiException.of(
                405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
    }

    private static void plain(HttpServletResponse response, int code, String text) throws IOException {
        response.setStatus(code);
        response.setContentType("text/plain");
        response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }
}
