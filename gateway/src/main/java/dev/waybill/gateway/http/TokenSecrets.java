package dev.waybill.gateway.http;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.auth.AccountTokens;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.AccountSecrets;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.RequestClient;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fills Secrets of type kubernetes.io/service-account-token, as Kubernetes' token controller does: a token without an
 * end, the cluster's certificate, the namespace. One whose account is not there is deleted. Only the gateway that writes
 * asks. Used by one thread.
 */
final class TokenSecrets implements Upkeep.Duty {
    private static final Logger log = LoggerFactory.getLogger(TokenSecrets.class);
    static final ResourceTail.Type SECRETS = new ResourceTail.Type("", "secrets");

    private final RequestClient requests;
    private final AccountTokens tokens;
    private final SecretSealing sealing;
    private final String certificate;

    TokenSecrets(RequestClient requests, AccountTokens tokens, SecretSealing sealing, String certificate) {
        this.requests = requests;
        this.tokens = tokens;
        this.sealing = sealing;
        this.certificate = certificate;
    }

    @Override
    public boolean concerns(StoredObject object) {
        return AccountSecrets.is(object);
    }

    @Override
    public void look(ResourceImage image, StoredObject secret) {
        StoredObject account =
                image.get(new ResourceKey("", "serviceaccounts", secret.namespace(), AccountSecrets.account(secret)));
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
}
