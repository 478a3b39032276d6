package dev.waybill.gateway.auth;

import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens of ServiceAccounts, with the claims of Kubernetes' bound tokens: they end with their time, with their account,
 * and with the pod, Secret or node that they are bound to. Signatures are checked once per token, everything else at
 * every use. Thread-safe.
 */
public final class AccountTokens {
    private static final String PRIVATE = "kubernetes.io";
    private static final String STORED_ISSUER = "kubernetes/serviceaccount";
    private static final String STORED = "kubernetes.io/serviceaccount/";
    private static final String EXTRA = "authentication.kubernetes.io/";

    /** A pod that is being deleted may say good-bye (kubernetes/pkg/serviceaccount: leeway). */
    private static final Duration LEEWAY = Duration.ofSeconds(60);

    private static final int REMEMBERED = 10_000;
    private static final Map<String, String> BOUND = Map.of("pod", "pods", "secret", "secrets", "node", "nodes");

    private final SigningKey key;
    private final String issuer;
    private final Supplier<ResourceImage> image;
    private final Clock clock;
    private final Map<String, ObjectNode> signed = new ConcurrentHashMap<>();

    /** @param issuer the URL that tokens are from; also the audience of those for the API itself */
    public AccountTokens(SigningKey key, String issuer, Supplier<ResourceImage> image, Clock clock) {
        this.key = key;
        this.issuer = issuer;
        this.image = image;
        this.clock = clock;
    }

    /** A token and when it ends. */
    public record Issued(String token, Instant expires) {}

    /** Whose a token is, and for which of the audiences asked for it holds. */
    public record Verified(Identity identity, List<String> audiences) {}

    public String issuer() {
        return issuer;
    }

    /** The audiences of tokens for the API itself. */
    public List<String> audiences() {
        return List.of(issuer);
    }

    /** The public keys, for others who verify tokens. */
    public ObjectNode publicKeys() {
        return key.publicKeys();
    }

    /**
     * A token for an account.
     *
     * @param bound the object that it ends with; null for none
     */
    public Issued issue(StoredObject account, List<String> audiences, Duration life, @Nullable StoredObject bound) {
        Instant now = clock.instant();
        Instant expires = now.plus(life);
        ObjectNode claims = JsonMapper.shared().createObjectNode();
        audiences.forEach(claims.putArray("aud")::add);
        claims.put("exp", expires.getEpochSecond());
        claims.put("iat", now.getEpochSecond());
        claims.put("iss", issuer);
        claims.put("jti", UUID.randomUUID().toString());
        ObjectNode own = claims.putObject(PRIVATE);
        own.put("namespace", account.namespace());
        if (bound != null) {
            reference(own, bound.kind().singular(), bound);
            node(own, bound);
        }
        reference(own, "serviceaccount", account);
        claims.put("nbf", now.getEpochSecond());
        claims.put("sub", Subject.SERVICE_ACCOUNT + account.namespace() + ":" + account.name());
        return new Issued(key.sign(claims), Instant.ofEpochSecond(expires.getEpochSecond()));
    }

    /**
     * A token that lies in a Secret and ends with it, with the claims of Kubernetes' tokens of that kind. It has no end
     * of its own, so it is told by its issuer, whose tokens count only while their Secret is there.
     */
    public String issueStored(StoredObject account, StoredObject secret) {
        ObjectNode claims = JsonMapper.shared().createObjectNode();
        claims.put("iss", STORED_ISSUER);
        claims.put(STORED + "namespace", account.namespace());
        claims.put(STORED + "secret.name", secret.name());
        claims.put(STORED + "service-account.name", account.name());
        claims.put(STORED + "service-account.uid", account.uid());
        claims.put("sub", Subject.SERVICE_ACCOUNT + account.namespace() + ":" + account.name());
        ObjectNode own = claims.putObject(PRIVATE);
        own.put("namespace", account.namespace());
        reference(own, "secret", secret);
        reference(own, "serviceaccount", account);
        return key.sign(claims);
    }

    /** Whose a token is; empty when it does not hold now for any of these audiences. */
    public Optional<Verified> verify(String token, List<String> wanted) {
        ObjectNode claims = claims(token);
        if (claims == null) {
            return Optional.empty();
        }
        String from = claims.path("iss").asString("");
        if (from.equals(STORED_ISSUER)) {
            boolean bound = claims.path(PRIVATE).has("secret");
            return bound && wanted.contains(issuer)
                    ? identity(claims).map(identity -> new Verified(identity, List.of(issuer)))
                    : Optional.empty();
        }
        if (!from.equals(issuer)) {
            return Optional.empty();
        }
        long now = clock.instant().getEpochSecond();
        if (claims.path("exp").asLong(0) <= now || claims.path("nbf").asLong(Long.MAX_VALUE) > now) {
            return Optional.empty();
        }
        List<String> audiences = claims.path("aud")
                .valueStream()
                .map(audience -> audience.asString(""))
                .filter(wanted::contains)
                .toList();
        return audiences.isEmpty()
                ? Optional.empty()
                : identity(claims).map(identity -> new Verified(identity, audiences));
    }

    private @Nullable ObjectNode claims(String token) {
        String digest = StaticTokens.digest(token);
        ObjectNode known = signed.get(digest);
        if (known == null) {
            known = key.verified(token).orElse(null);
            if (known != null) {
                if (signed.size() >= REMEMBERED) {
                    signed.clear();
                }
                signed.put(digest, known);
            }
        }
        return known;
    }

    private Optional<Identity> identity(ObjectNode claims) {
        JsonNode own = claims.path(PRIVATE);
        String namespace = own.path("namespace").asString("");
        String name = own.path("serviceaccount").path("name").asString("");
        if (!present("serviceaccounts", namespace, own.path("serviceaccount"))) {
            return Optional.empty();
        }
        Map<String, List<String>> extra = new LinkedHashMap<>();
        if (claims.has("jti")) {
            extra.put(
                    EXTRA + "credential-id", List.of("JTI=" + claims.path("jti").asString("")));
        }
        for (Map.Entry<String, String> bound : BOUND.entrySet()) {
            JsonNode reference = own.path(bound.getKey());
            if (reference.isMissingNode()) {
                continue;
            }
            boolean informs = bound.getKey().equals("node") && own.has("pod"); // the pod's: it may move to no other
            if (!informs && !present(bound.getValue(), bound.getKey().equals("node") ? "" : namespace, reference)) {
                return Optional.empty();
            }
            if (!bound.getKey().equals("secret")) {
                extra.put(
                        EXTRA + bound.getKey() + "-name",
                        List.of(reference.path("name").asString("")));
                extra.put(
                        EXTRA + bound.getKey() + "-uid",
                        List.of(reference.path("uid").asString("")));
            }
        }
        Set<String> groups =
                Set.of(Subject.SERVICE_ACCOUNTS, Subject.SERVICE_ACCOUNTS + ":" + namespace, Subject.AUTHENTICATED);
        return Optional.of(new Identity(
                new Subject(Subject.SERVICE_ACCOUNT + namespace + ":" + name, groups),
                own.path("serviceaccount").path("uid").asString(""),
                Map.copyOf(extra)));
    }

    private boolean present(String resource, String namespace, JsonNode reference) {
        StoredObject object = image.get()
                .get(new ResourceKey(
                        "", resource, namespace, reference.path("name").asString("")));
        return object != null
                && object.uid().equals(reference.path("uid").asString(""))
                && (!object.deleting() || deletedLately(object));
    }

    private boolean deletedLately(StoredObject object) {
        String at = object.json().path("metadata").path("deletionTimestamp").asString("");
        return !at.isEmpty() && Instant.parse(at).plus(LEEWAY).isAfter(clock.instant());
    }

    private static void reference(ObjectNode claims, String name, StoredObject object) {
        claims.putObject(name).put("name", object.name()).put("uid", object.uid());
    }

    /** A pod's token also says on which node the pod runs. */
    private void node(ObjectNode claims, StoredObject bound) {
        String name = bound.json().path("spec").path("nodeName").asString("");
        StoredObject node = bound.key().resource().equals("pods") && !name.isEmpty()
                ? image.get().get(new ResourceKey("", "nodes", "", name))
                : null;
        if (node != null) {
            reference(claims, "node", node);
        }
    }

    /** What a review of a caller shows. */
    public static ObjectNode userInfo(Identity identity) {
        ObjectNode user = JsonMapper.shared().createObjectNode();
        user.put("username", identity.user());
        if (!identity.uid().isEmpty()) {
            user.put("uid", identity.uid());
        }
        identity.groups().stream().sorted().forEach(user.putArray("groups")::add);
        if (!identity.extra().isEmpty()) {
            ObjectNode extra = user.putObject("extra");
            identity.extra().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(entry -> entry.getValue().forEach(extra.putArray(entry.getKey())::add));
        }
        return user;
    }
}
