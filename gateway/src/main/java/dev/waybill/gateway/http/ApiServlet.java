package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.Authenticator;
import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.Kinds;
import dev.waybill.gateway.state.Authorizer;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.runtime.TraceContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Every path of the API: who calls, what about, and which handler answers. Thread-safe. */
public final class ApiServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(ApiServlet.class);

    private final transient Authenticator authenticator;
    private final transient Authorizer authorizer;
    private final transient ResourceTail tail;
    private final transient BooleanSupplier ready;
    private final transient String serverAddress;
    private transient volatile Documents documents;
    private final transient Handlers handlers;
    private final transient SelfReviews reviews;

    /** The handlers of the resource API. */
    record Handlers(Reads reads, Writes writes, Watches watches, PodLogs logs, PodStreams streams) {}

    ApiServlet(
            Authenticator authenticator,
            Authorizer authorizer,
            ResourceTail tail,
            BooleanSupplier ready,
            String serverAddress,
            Handlers handlers) {
        this.authenticator = authenticator;
        this.authorizer = authorizer;
        this.tail = tail;
        this.ready = ready;
        this.serverAddress = serverAddress;
        this.documents = Documents.of(Kinds.standard(), serverAddress);
        this.handlers = handlers;
        this.reviews = new SelfReviews(authorizer, tail);
    }

    /** What describes the API; built again when the kinds change. */
    private record Documents(Kinds kinds, Discovery discovery, OpenApi openApi, OpenApiV2 openApiV2) {
        static Documents of(Kinds kinds, String serverAddress) {
            Discovery discovery = new Discovery(kinds, serverAddress);
            return new Documents(kinds, discovery, new OpenApi(discovery), new OpenApiV2(discovery));
        }
    }

    private Documents documents() {
        Documents known = documents;
        Kinds kinds = tail.image().kinds();
        if (known.kinds() != kinds) {
            known = Documents.of(kinds, serverAddress);
            documents = known;
        }
        return known;
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
                ObjectWriter.json(response, e.code(), e.status());
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
        List<String> segments = ResourcePath.segments(request.getRequestURI());
        String first = segments.isEmpty() ? "" : segments.getFirst();
        switch (first) {
            case "healthz", "livez" -> plain(response, 200, "ok");
            case "readyz" ->
                plain(response, ready.getAsBoolean() ? 200 : 503, ready.getAsBoolean() ? "ok" : "not ready");
            case "version" ->
                ObjectWriter.json(response, 200, documents().discovery().version());
            default -> authenticated(request, response, segments);
        }
    }

    private void authenticated(HttpServletRequest request, HttpServletResponse response, List<String> segments)
            throws IOException {
        Identity identity = authenticator
                .authenticate(request)
                .orElseThrow(() -> ApiException.of(401, "Unauthorized", "Unauthorized"));
        Optional<ResourcePath> path = ResourcePath.parse(request.getRequestURI());
        if (path.isPresent() && reviews.answer(request, response, identity, path.get())) {
            return;
        }
        if (path.isPresent()) {
            resource(request, response, identity, path.get());
        } else if (!request.getMethod().equals("GET")) {
            throw ApiException.of(
                    405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        } else {
            document(request, response, segments);
        }
    }

    private void document(HttpServletRequest request, HttpServletResponse response, List<String> segments)
            throws IOException {
        Discovery discovery = documents().discovery();
        OpenApi openApi = documents().openApi();
        @Nullable
        ObjectNode document =
                switch (String.join("/", segments.subList(0, Math.min(2, segments.size())))) {
                    case "api", "apis" -> {
                        if (aggregated(request, response, segments.getFirst())) {
                            yield null;
                        }
                        yield segments.getFirst().equals("api") ? discovery.coreVersions() : discovery.groups();
                    }
                    case "openapi/v2" -> {
                        if (OpenApiV2.isProtobuf(request)) {
                            documents().openApiV2().writeProtobuf(response);
                            yield null;
                        }
                        yield documents().openApiV2().document();
                    }
                    case "openapi/v3" ->
                        switch (segments.size()) {
                            case 2 -> openApi.index();
                            case 4 -> openApi.document("", segments.get(3));
                            case 5 -> openApi.document(segments.get(3), segments.get(4));
                            default -> throw ApiException.notFound();
                        };
                    default ->
                        switch (segments.isEmpty() ? "" : segments.getFirst() + segments.size()) {
                            case "api2" -> found(discovery.resources("", segments.get(1)));
                            case "apis2" -> found(discovery.group(segments.get(1)));
                            case "apis3" -> found(discovery.resources(segments.get(1), segments.get(2)));
                            default -> throw ApiException.notFound();
                        };
                };
        if (document != null) {
            ObjectWriter.json(response, 200, document);
        }
    }

    private static ObjectNode found(@Nullable ObjectNode document) {
        if (document == null) {
            throw ApiException.notFound();
        }
        return document;
    }

    /** kubectl 1.26 and later ask for all groups and resources in one document. */
    private boolean aggregated(HttpServletRequest request, HttpServletResponse response, String root)
            throws IOException {
        String accept = Optional.ofNullable(request.getHeader("Accept")).orElse("");
        for (String version : List.of("v2", "v2beta1")) {
            if (accept.contains("g=apidiscovery.k8s.io;v=" + version + ";as=APIGroupDiscoveryList")) {
                byte[] body = documents()
                        .discovery()
                        .aggregated(root.equals("api"), version)
                        .toString()
                        .getBytes(StandardCharsets.UTF_8);
                response.setContentType(
                        "application/json;g=apidiscovery.k8s.io;v=" + version + ";as=APIGroupDiscoveryList");
                response.getOutputStream().write(body);
                return true;
            }
        }
        return false;
    }

    private void resource(
            HttpServletRequest request, HttpServletResponse response, Identity identity, ResourcePath path)
            throws IOException {
        if (path.resource().isEmpty() || path.version().isEmpty()) {
            throw ApiException.notFound();
        }
        Kind kind = tail.image().kinds().byResource(path.group(), path.version(), path.resource());
        if (kind == null
                || !kind.verbs().contains("get")
                || (!path.subresource().isEmpty() && !kind.subresources().contains(path.subresource()))
                || (!kind.namespaced() && !path.namespace().isEmpty())) {
            throw ApiException.notFound();
        }
        boolean text = path.subresource().equals("log") || PodStreams.SUBRESOURCES.contains(path.subresource());
        ApiCall call = new ApiCall(
                path,
                kind,
                identity,
                text
                        ? new Negotiation(Negotiation.Form.OBJECT, Negotiation.Encoding.JSON)
                        : Negotiation.of(
                                Optional.ofNullable(request.getHeader("Accept")).orElse("")),
                TraceContext.parse(request.getHeader("traceparent")).orNew(),
                request,
                response);
        if (PodStreams.SUBRESOURCES.contains(path.subresource())) {
            stream(call);
            return;
        }
        switch (request.getMethod()) {
            case "GET", "HEAD" -> read(call);
            case "POST" -> {
                if (path.isCollection() != path.subresource().isEmpty()) {
                    throw notAllowed();
                }
                requireNamespace(call);
                handlers.writes().create(call);
            }
            case "PUT" -> handlers.writes().update(named(call));
            case "PATCH" -> handlers.writes().patch(named(call));
            case "DELETE" -> {
                if (path.isCollection()) {
                    authorize(call, "deletecollection");
                    handlers.writes().deleteCollection(call);
                } else {
                    requireNamespace(call);
                    handlers.writes().delete(call);
                }
            }
            default -> throw notAllowed();
        }
    }

    /** A WebSocket begins with a GET, which alone would be a read: both ways ask for the right to create. */
    private void stream(ApiCall call) throws IOException {
        switch (call.request().getMethod()) {
            case "GET" -> authorize(call, "get");
            case "POST" -> {}
            default -> throw notAllowed();
        }
        authorize(call, "create");
        handlers.streams().serve(named(call), tail.image());
    }

    private void read(ApiCall call) throws IOException {
        boolean watch = call.flag("watch");
        if (watch) {
            authorize(call, "watch");
            handlers.watches().watch(call);
        } else if (call.path().isCollection()) {
            authorize(call, "list");
            handlers.reads().list(call);
        } else {
            authorize(call, "get");
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

    private void authorize(ApiCall call, String verb) {
        boolean allowed = authorizer.allows(new Authorizer.Attempt(
                call.identity().user(),
                call.identity().groups(),
                verb,
                call.key(),
                call.path().subresource(),
                tail.image()));
        if (!allowed) {
            throw new ApiException(Statuses.forbidden(
                    call.identity().user(),
                    verb,
                    call.kind(),
                    call.path().subresource(),
                    call.path().namespace(),
                    call.path().name()));
        }
    }

    private static void plain(HttpServletResponse response, int code, String text) throws IOException {
        response.setStatus(code);
        response.setContentType("text/plain");
        response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }
}
