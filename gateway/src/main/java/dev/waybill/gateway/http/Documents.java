package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.AccountTokens;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kinds;
import dev.waybill.gateway.state.kafka.ResourceTail;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What describes the API and who issues its tokens: discovery, OpenAPI, the version, OpenID's issuer discovery. The
 * documents are built again when the kinds change. Thread-safe.
 */
final class Documents {
    private final ResourceTail tail;
    private final AccountTokens tokens;
    private final String serverAddress;
    private volatile Described described;

    private record Described(Kinds kinds, Discovery discovery, OpenApi openApi, OpenApiV2 openApiV2) {
        static Described of(Kinds kinds, String serverAddress) {
            Discovery discovery = new Discovery(kinds, serverAddress);
            return new Described(kinds, discovery, new OpenApi(discovery), new OpenApiV2(discovery));
        }
    }

    Documents(ResourceTail tail, AccountTokens tokens, String serverAddress) {
        this.tail = tail;
        this.tokens = tokens;
        this.serverAddress = serverAddress;
        this.described = Described.of(Kinds.standard(), serverAddress);
    }

    private Described described() {
        Described known = described;
        Kinds kinds = tail.image().kinds();
        if (known.kinds() != kinds) {
            known = Described.of(kinds, serverAddress);
            described = known;
        }
        return known;
    }

    void answer(HttpServletRequest request, HttpServletResponse response, List<String> segments) throws IOException {
        Discovery discovery = described().discovery();
        OpenApi openApi = described().openApi();
        @Nullable
        ObjectNode document =
                switch (String.join("/", segments.subList(0, Math.min(2, segments.size())))) {
                    case "version" -> discovery.version();
                    case "api", "apis" -> {
                        if (aggregated(request, response, segments.getFirst())) {
                            yield null;
                        }
                        yield segments.getFirst().equals("api") ? discovery.coreVersions() : discovery.groups();
                    }
                    case "openapi/v2" -> {
                        if (OpenApiV2.isProtobuf(request)) {
                            described().openApiV2().writeProtobuf(response);
                            yield null;
                        }
                        yield described().openApiV2().document();
                    }
                    case "openapi/v3" ->
                        switch (segments.size()) {
                            case 2 -> openApi.index();
                            case 4 -> openApi.document("", segments.get(3));
                            case 5 -> openApi.document(segments.get(3), segments.get(4));
                            default -> throw ApiException.notFound();
                        };
                    case ".well-known/openid-configuration" -> issuer(segments);
                    case "openid/v1" -> keys(segments);
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

    /** OpenID Connect Discovery 1.0, section 3, as far as verifying tokens needs it. */
    private ObjectNode issuer(List<String> segments) {
        if (segments.size() != 2) {
            throw ApiException.notFound();
        }
        ObjectNode document = Json.object();
        document.put("issuer", tokens.issuer());
        document.put("jwks_uri", "https://" + serverAddress + "/openid/v1/jwks");
        document.putArray("response_types_supported").add("id_token");
        document.putArray("subject_types_supported").add("public");
        document.putArray("id_token_signing_alg_values_supported").add("ES256");
        return document;
    }

    private ObjectNode keys(List<String> segments) {
        if (segments.size() != 3 || !segments.get(2).equals("jwks")) {
            throw ApiException.notFound();
        }
        return tokens.publicKeys();
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
                byte[] body = described()
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
}
