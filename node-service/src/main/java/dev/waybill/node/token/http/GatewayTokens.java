package dev.waybill.node.token.http;

import dev.waybill.events.objects.NodeKey;
import dev.waybill.node.http.NodeTls;
import dev.waybill.node.network.GatewayAddress;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.token.AccountToken;
import dev.waybill.node.token.TokenIssuer;
import dev.waybill.node.token.TokenWish;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * TokenRequests to the gateway, as this node: each with a credential that its key signs for two minutes, each for a token
 * that ends with its pod (ADR 23). Thread-safe.
 */
public final class GatewayTokens implements TokenIssuer {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration CREDENTIAL_LIFE = Duration.ofMinutes(2);
    private static final String FAILED = "failed to fetch token: ";

    /** Each call has a connection to itself, and a handshake costs more than a token. */
    private static final int AT_ONCE = 4;

    private final Semaphore places = new Semaphore(AT_ONCE);
    private final GatewayAddress gateway;
    private final Path pkiDirectory;
    private final @Nullable Path keyFile;
    private final String node;
    private @Nullable HttpClient client;
    private @Nullable NodeKey key;

    /** @param keyFile this node's key; null when it was given none, and then gets no tokens */
    public GatewayTokens(GatewayAddress gateway, Path pkiDirectory, @Nullable Path keyFile, String node) {
        this.gateway = gateway;
        this.pkiDirectory = pkiDirectory;
        this.keyFile = keyFile;
        this.node = node;
    }

    @Override
    public AccountToken issue(TokenWish wish) {
        places.acquireUninterruptibly();
        try {
            HttpResponse<String> answer = client().send(request(wish), HttpResponse.BodyHandlers.ofString());
            JsonNode body = JSON.readTree(answer.body());
            if (answer.statusCode() != 201) {
                throw new ContainerConfigException(
                        FAILED + body.path("message").asString("code " + answer.statusCode()));
            }
            JsonNode status = body.path("status");
            return new AccountToken(
                    status.path("token").asString(),
                    Instant.now(),
                    Instant.parse(status.path("expirationTimestamp").asString()));
        } catch (IOException | GeneralSecurityException | JacksonException e) {
            throw new ContainerConfigException(FAILED + "the gateway at " + gateway + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ContainerConfigException(FAILED + "the agent is stopping");
        } finally {
            places.release();
        }
    }

    private HttpRequest request(TokenWish wish) throws IOException {
        ObjectNode body = JSON.createObjectNode();
        body.put("kind", "TokenRequest").put("apiVersion", "authentication.k8s.io/v1");
        ObjectNode spec = body.putObject("spec").put("expirationSeconds", wish.seconds());
        if (!wish.audience().isEmpty()) {
            spec.putArray("audiences").add(wish.audience());
        }
        spec.putObject("boundObjectRef")
                .put("kind", "Pod")
                .put("apiVersion", "v1")
                .put("name", wish.pod())
                .put("uid", wish.podUid());
        return HttpRequest.newBuilder(URI.create("https://" + gateway + "/api/v1/namespaces/" + wish.namespace()
                        + "/serviceaccounts/" + wish.account() + "/token"))
                .timeout(LIMIT)
                .header(
                        "Authorization",
                        "Bearer " + key().credential(node, Instant.now().plus(CREDENTIAL_LIFE)))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
    }

    private synchronized NodeKey key() throws IOException {
        if (keyFile == null) {
            throw new ContainerConfigException(FAILED + "this node has no key (waybill.node.key-file)");
        }
        NodeKey known = key;
        if (known == null) {
            known = NodeKey.read(keyFile);
            key = known;
        }
        return known;
    }

    /** The authority's certificate may be made later than this agent is started. */
    private synchronized HttpClient client() throws IOException, GeneralSecurityException {
        HttpClient known = client;
        if (known == null) {
            known = HttpClient.newBuilder()
                    .sslContext(NodeTls.trustOnly(pkiDirectory))
                    .connectTimeout(CONNECT_LIMIT)
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
            client = known;
        }
        return known;
    }
}
