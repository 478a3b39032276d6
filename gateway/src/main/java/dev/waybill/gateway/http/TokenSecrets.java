package dev.waybill.gateway.http;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.auth.AccountTokens;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.AccountSecrets;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.RequestClient;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fills Secrets of type kubernetes.io/service-account-token, as Kubernetes' token controller does: a token without an
 * end, the cluster's certificate, the namespace. One whose account is not there is deleted. Only the gateway that writes
 * asks; a request that is lost is made again at the next look at all of them. A thread of its own.
 */
final class TokenSecrets implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(TokenSecrets.class);
    private static final ResourceTail.Type SECRETS = new ResourceTail.Type("", "secrets");

    /** How often all Secrets are looked at, for what was missed while another gateway was the writer. */
    private static final Duration ROUND = Duration.ofMinutes(1);

    private final ResourceTail tail;
    private final RequestClient requests;
    private final GatewayReadiness writing;
    private final AccountTokens tokens;
    private final SecretSealing sealing;
    private final String certificate;
    private final BlockingQueue<ResourceKey> changed = new LinkedBlockingQueue<>();
    private @Nullable Thread thread;

    /** @param writing whether this gateway is the writer, with everything read */
    TokenSecrets(
            ResourceTail tail,
            RequestClient requests,
            GatewayReadiness writing,
            AccountTokens tokens,
            SecretSealing sealing,
            String certificate) {
        this.tail = tail;
        this.requests = requests;
        this.writing = writing;
        this.tokens = tokens;
        this.sealing = sealing;
        this.certificate = certificate;
    }

    @Override
    public synchronized void start() {
        thread = Thread.ofVirtual().name("token-secrets").start(this::run);
    }

    private void run() {
        try {
            while (!writing.getAsBoolean()) {
                Thread.sleep(Duration.ofMillis(200));
            }
            try (ResourceTail.Subscription _ = tail.subscribe(tail.image().revision(), SECRETS, this::offer)) {
                lookAtAll();
                follow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (dev.waybill.gateway.state.kafka.RevisionGoneException e) {
            log.error("Secrets with tokens are not filled", e);
        }
    }

    private void offer(List<ResourceDelta> batch) {
        for (ResourceDelta delta : batch) {
            if (delta.change() != ResourceDelta.Change.DELETED && AccountSecrets.is(delta.object())) {
                changed.add(delta.key());
            }
        }
    }

    private void follow() throws InterruptedException {
        while (true) {
            ResourceKey key = changed.poll(ROUND.toSeconds(), TimeUnit.SECONDS);
            if (key == null) {
                lookAtAll();
            } else {
                look(key);
            }
        }
    }

    private void lookAtAll() {
        tail.image().list("", "secrets", null).stream()
                .filter(AccountSecrets::is)
                .forEach(secret -> look(secret.key()));
    }

    private void look(ResourceKey key) {
        ResourceImage image = tail.image();
        StoredObject secret = image.get(key);
        if (secret == null || secret.deleting() || !AccountSecrets.is(secret) || !writing.getAsBoolean()) {
            return;
        }
        StoredObject account =
                image.get(new ResourceKey("", "serviceaccounts", key.namespace(), AccountSecrets.account(secret)));
        String uid = Json.text(secret.json(), "metadata", "annotations", AccountSecrets.ACCOUNT_UID);
        if (account == null || (!uid.isEmpty() && !uid.equals(account.uid()))) {
            send(about(secret, RequestOperation.DELETE));
        } else if (!isFull(secret) || uid.isEmpty()) {
            send(about(secret, RequestOperation.PATCH)
                    .setPatchType(PatchType.MERGE)
                    .setPreconditionResourceVersion(String.valueOf(secret.revision()))
                    .setManifest(filled(secret, account).toString()));
        }
    }

    private static boolean isFull(StoredObject secret) {
        return List.of("token", "ca.crt", "namespace").stream()
                .noneMatch(key -> Json.absent(secret.json().path("data"), key));
    }

    private ObjectNode filled(StoredObject secret, StoredObject account) {
        ObjectNode patch = Json.object();
        patch.putObject("metadata").putObject("annotations").put(AccountSecrets.ACCOUNT_UID, account.uid());
        ObjectNode data = patch.putObject("data");
        data.put("ca.crt", base64(certificate));
        data.put("namespace", base64(secret.namespace()));
        if (Json.absent(secret.json().path("data"), "token")) {
            data.put("token", base64(tokens.issueStored(account, secret)));
        }
        sealing.seal(secret.namespace(), secret.name(), patch);
        return patch;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static DesiredStateRequest.Builder about(StoredObject secret, RequestOperation operation) {
        return DesiredStateRequest.newBuilder()
                .setOperation(operation)
                .setVersion("v1")
                .setResource("secrets")
                .setNamespace(secret.namespace())
                .setName(secret.name())
                .setPreconditionUid(secret.uid())
                .setFieldManager("tokens")
                .setUser(Subject.TOKENS);
    }

    private void send(DesiredStateRequest.Builder request) {
        requests.send(request.build(), TraceContext.NONE).whenComplete((answer, failure) -> {
            boolean late = failure == null && answer.outcome().getReason().equals("Conflict");
            if (failure != null || (!answer.outcome().getAccepted() && !late)) {
                log.warn(
                        "{}/{} was not filled with a token: {}",
                        request.getNamespace(),
                        request.getName(),
                        failure == null ? answer.outcome().getMessage() : failure.toString());
            }
        });
    }

    @Override
    public synchronized void stop() {
        if (thread != null) {
            thread.interrupt();
            thread = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return thread != null;
    }
}
