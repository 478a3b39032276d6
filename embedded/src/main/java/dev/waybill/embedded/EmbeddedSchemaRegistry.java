package dev.waybill.embedded;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.waybill.embedded.SchemaStore.StoredSchema;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.avro.AvroRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A schema registry that speaks the part of the Confluent REST protocol that serialisers use: register, look up, list,
 * compatibility level. Its truth is the compacted topic {@code _schemas}. Serves on loopback, a thread per request.
 */
public final class EmbeddedSchemaRegistry implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedSchemaRegistry.class);
    private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int MAX_BODY = 1 << 20;

    private final SchemaStore store;
    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private EmbeddedSchemaRegistry(SchemaStore store, HttpServer http) {
        this.store = store;
        this.http = http;
    }

    /**
     * Starts a registry on 127.0.0.1.
     *
     * @param bootstrapServers the Kafka cluster that keeps its schemas
     * @param port where it listens; 0 for a free port
     */
    public static EmbeddedSchemaRegistry start(String bootstrapServers, int port) {
        try {
            SchemaStore store = SchemaStore.open(bootstrapServers);
            HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 64);
            EmbeddedSchemaRegistry registry = new EmbeddedSchemaRegistry(store, http);
            http.setExecutor(registry.threads);
            http.createContext("/", registry::serve);
            http.start();
            return registry;
        } catch (IOException e) {
            throw new IllegalStateException("the schema registry cannot listen on port " + port, e);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
        store.close();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer;
            try {
                answer = answer(exchange);
            } catch (JacksonException | AvroRuntimeException e) {
                answer = error(422, 42201, "Invalid schema: " + e.getMessage());
            } catch (RuntimeException e) {
                log.warn("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
                answer = error(500, 50001, "Error in the backend data store: " + e.getMessage());
            }
            byte[] body = answer.body.toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", MEDIA_TYPE);
            exchange.sendResponseHeaders(answer.status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private record Answer(int status, JsonNode body) {}

    private Answer answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath().replaceAll("/+$", "");
        List<String> parts = List.of(path.substring(Math.min(1, path.length())).split("/")).stream()
                .map(part -> URLDecoder.decode(part, StandardCharsets.UTF_8))
                .toList();
        String route = exchange.getRequestMethod() + " " + parts.getFirst() + "/" + parts.size();
        return switch (route) {
            case "GET /1" -> new Answer(200, nodes().createObjectNode());
            case "GET subjects/1" -> new Answer(200, array(store.subjects()));
            case "GET subjects/3" -> versions(parts.get(1));
            case "GET subjects/4" -> version(parts.get(1), parts.get(3));
            case "POST subjects/2" -> lookUp(parts.get(1), body(exchange));
            case "POST subjects/3" -> register(parts.get(1), body(exchange));
            case "GET schemas/3" -> byId(parts.get(2));
            case "GET schemas/2" -> new Answer(200, array(List.of("AVRO")));
            case "GET config/1", "GET config/2" ->
                new Answer(200, nodes().createObjectNode().put("compatibilityLevel", SchemaStore.COMPATIBILITY));
            default -> error(404, 404, "HTTP 404 Not Found");
        };
    }

    private Answer register(String subject, JsonNode body) {
        Optional<Answer> refusal = refused(body);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        try {
            StoredSchema stored = store.register(subject, body.path("schema").asString());
            return new Answer(200, nodes().createObjectNode().put("id", stored.id()));
        } catch (IncompatibleSchemaException e) {
            return error(409, 409, String.valueOf(e.getMessage()));
        }
    }

    private Answer lookUp(String subject, JsonNode body) {
        Optional<Answer> refusal = refused(body);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        List<StoredSchema> versions = store.versions(subject);
        if (versions.isEmpty()) {
            return error(404, 40401, "Subject '" + subject + "' not found.");
        }
        String wanted = SchemaStore.canonical(body.path("schema").asString());
        return versions.stream()
                .filter(stored -> stored.schema().equals(wanted))
                .findFirst()
                .map(stored -> new Answer(200, described(stored)))
                .orElseGet(() -> error(404, 40403, "Schema not found"));
    }

    private Answer versions(String subject) {
        List<StoredSchema> versions = store.versions(subject);
        if (versions.isEmpty()) {
            return error(404, 40401, "Subject '" + subject + "' not found.");
        }
        ArrayNode numbers = nodes().createArrayNode();
        versions.forEach(stored -> numbers.add(stored.version()));
        return new Answer(200, numbers);
    }

    private Answer version(String subject, String version) {
        List<StoredSchema> versions = store.versions(subject);
        if (versions.isEmpty()) {
            return error(404, 40401, "Subject '" + subject + "' not found.");
        }
        if (version.equals("latest")) {
            return new Answer(200, described(versions.getLast()));
        }
        return versions.stream()
                .filter(stored -> Integer.toString(stored.version()).equals(version))
                .findFirst()
                .map(stored -> new Answer(200, described(stored)))
                .orElseGet(() -> error(404, 40402, "Version " + version + " not found."));
    }

    private Answer byId(String text) {
        Optional<StoredSchema> found = text.matches("\\d{1,9}") ? store.byId(Integer.parseInt(text)) : Optional.empty();
        return found.map(stored -> new Answer(
                        200,
                        nodes().createObjectNode().put("schemaType", "AVRO").put("schema", stored.schema())))
                .orElseGet(() -> error(404, 40403, "Schema " + text + " not found"));
    }

    private static Optional<Answer> refused(JsonNode body) {
        if (!body.path("schemaType").asString("AVRO").equals("AVRO")) {
            return Optional.of(error(422, 42201, "Invalid schema type: this registry keeps AVRO only"));
        }
        if (!body.path("schema").isString()) {
            return Optional.of(error(422, 42201, "Invalid schema: the field 'schema' must be a string"));
        }
        return Optional.empty();
    }

    private static ObjectNode described(StoredSchema stored) {
        return nodes().createObjectNode()
                .put("subject", stored.subject())
                .put("version", stored.version())
                .put("id", stored.id())
                .put("schema", stored.schema());
    }

    private static JsonNode body(HttpExchange exchange) throws IOException {
        byte[] bytes = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
        if (bytes.length > MAX_BODY) {
            throw new IllegalArgumentException("the request is larger than " + MAX_BODY + " bytes");
        }
        return JsonMapper.shared().readTree(bytes);
    }

    private static ArrayNode array(List<String> texts) {
        ArrayNode array = nodes().createArrayNode();
        texts.forEach(array::add);
        return array;
    }

    private static Answer error(int status, int code, String message) {
        return new Answer(
                status, nodes().createObjectNode().put("error_code", code).put("message", message));
    }

    private static JsonMapper nodes() {
        return JsonMapper.shared();
    }
}
