package dev.waybill.events.registry;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A schema registry that speaks the Confluent REST protocol: Confluent's own, Apicurio's {@code /apis/ccompat/v7}, or
 * the embedded one. Remembers every answer, since an id never changes its meaning. Safe for several threads.
 */
public final class RestSchemaRegistry implements SchemaRegistry {
    private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int SCHEMA_NOT_FOUND = 404;

    private final URI base;
    private final JsonMapper json = JsonMapper.shared();
    private final Map<String, Integer> ids = new ConcurrentHashMap<>();
    private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
    private volatile @Nullable HttpClient http;

    public RestSchemaRegistry(String url) {
        this.base = URI.create(url.endsWith("/") ? url : url + "/");
    }

    @Override
    public int register(String subject, Schema schema) {
        String text = schema.toString();
        String key = subject + '\n' + text;
        Integer known = ids.get(key);
        if (known != null) {
            return known;
        }
        String path = "subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8) + "/versions";
        String body = json.createObjectNode().put("schema", text).toString();
        HttpResponse<String> response = send(request(path)
                .header("Content-Type", MEDIA_TYPE)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
        if (response.statusCode() != 200) {
            throw new RegistryRefusedException("the schema registry refused subject " + subject + " with HTTP "
                    + response.statusCode() + ": " + response.body());
        }
        int id = json.readTree(response.body()).required("id").intValue();
        ids.put(key, id);
        schemas.putIfAbsent(id, schema);
        return id;
    }

    @Override
    public @Nullable Schema byId(int id) {
        Schema known = schemas.get(id);
        if (known != null) {
            return known;
        }
        HttpResponse<String> response = send(request("schemas/ids/" + id).GET().build());
        if (response.statusCode() == SCHEMA_NOT_FOUND) {
            return null;
        }
        if (response.statusCode() != 200) {
            throw new RegistryUnavailableException(
                    "the schema registry answered HTTP " + response.statusCode() + " for schema id " + id);
        }
        JsonNode answer = json.readTree(response.body());
        if (!"AVRO".equals(answer.path("schemaType").asString("AVRO"))) {
            return null;
        }
        Schema schema = new Schema.Parser().parse(answer.required("schema").asString());
        schemas.put(id, schema);
        return schema;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(TIMEOUT).header("Accept", MEDIA_TYPE);
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            HttpResponse<String> response = client().send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() >= 500) {
                throw new RegistryUnavailableException(
                        "the schema registry at " + base + " answered HTTP " + response.statusCode());
            }
            return response;
        } catch (IOException e) {
            throw new RegistryUnavailableException("the schema registry at " + base + " does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryUnavailableException("interrupted while asking the schema registry at " + base, e);
        }
    }

    /** Made at first use: a process that only reads its own events never needs it. */
    private HttpClient client() {
        HttpClient existing = http;
        if (existing != null) {
            return existing;
        }
        synchronized (this) {
            if (http == null) {
                http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(TIMEOUT)
                        .build();
            }
            return java.util.Objects.requireNonNull(http);
        }
    }
}
