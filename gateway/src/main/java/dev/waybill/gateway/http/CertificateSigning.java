package dev.waybill.gateway.http;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.certificates.BuiltInSigner;
import dev.waybill.gateway.certificates.CertificateAuthority;
import dev.waybill.gateway.certificates.SigningRequest;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.Access;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.RequestClient;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Signs CertificateSigningRequests that were approved, when they are for a built-in signer; approves those of nodes for
 * themselves when a role allows it; deletes what is over (pkg/controller/certificates in k8s.io/kubernetes). Used by one
 * thread.
 */
final class CertificateSigning implements Upkeep.Duty {
    private static final Logger log = LoggerFactory.getLogger(CertificateSigning.class);
    private static final String GROUP = "certificates.k8s.io";
    private static final String RESOURCE = "certificatesigningrequests";
    static final ResourceTail.Type REQUESTS = new ResourceTail.Type(GROUP, RESOURCE);

    /** How long requests are kept once they are decided, and when nobody decides them. */
    private static final Duration KEPT = Duration.ofHours(1);

    private static final Duration KEPT_PENDING = Duration.ofHours(24);

    private final RequestClient requests;
    private final CertificateAuthority authority;
    private final Clock clock;

    CertificateSigning(RequestClient requests, CertificateAuthority authority, Clock clock) {
        this.requests = requests;
        this.authority = authority;
        this.clock = clock;
    }

    @Override
    public boolean concerns(StoredObject object) {
        return true;
    }

    @Override
    public void look(ResourceImage image, StoredObject object) {
        if (isOver(object.json(), clock.instant())) {
            send(about(object, "", RequestOperation.DELETE));
            return;
        }
        JsonNode spec = object.json().path("spec");
        JsonNode status = object.json().path("status");
        Optional<BuiltInSigner> signer = BuiltInSigner.of(Json.text(spec, "signerName"));
        Set<String> conditions = types(status);
        if (signer.isEmpty() || !Json.text(status, "certificate").isEmpty()) {
            return;
        }
        if (conditions.contains("Approved") && !conditions.contains("Denied") && !conditions.contains("Failed")) {
            sign(object, signer.get());
        } else if (conditions.isEmpty() && signer.get() == BuiltInSigner.KUBELET_CLIENT) {
            approve(image, object);
        }
    }

    private void sign(StoredObject object, BuiltInSigner signer) {
        JsonNode spec = object.json().path("spec");
        List<String> usages = usages(spec);
        ObjectNode change = Json.object();
        ObjectNode status = change.putObject("status");
        try {
            SigningRequest request = SigningRequest.parse(Json.text(spec, "request"));
            Optional<String> objection = signer.objection(request, usages);
            if (objection.isPresent()) {
                condition(object, status, "Failed", "SignerValidationFailure", objection.get());
            } else {
                Duration asked = spec.path("expirationSeconds").isNumber()
                        ? Duration.ofSeconds(spec.path("expirationSeconds").asLong())
                        : CertificateAuthority.LONGEST;
                String certificate = authority.issue(request, usages, asked, clock.instant());
                status.put(
                        "certificate",
                        Base64.getEncoder().encodeToString(certificate.getBytes(StandardCharsets.US_ASCII)));
            }
        } catch (IllegalArgumentException e) {
            condition(object, status, "Failed", "SignerValidationFailure", String.valueOf(e.getMessage()));
        }
        send(changed(object, "status", change));
    }

    /** A node's request for itself, or for another node, when a role gives its author this right. */
    private void approve(ResourceImage image, StoredObject object) {
        JsonNode spec = object.json().path("spec");
        SigningRequest request;
        try {
            request = SigningRequest.parse(Json.text(spec, "request"));
        } catch (IllegalArgumentException e) {
            return; // nothing that could be approved
        }
        if (BuiltInSigner.KUBELET_CLIENT.objection(request, usages(spec)).isPresent()) {
            return;
        }
        Subject author = new Subject(Json.text(spec, "username"), texts(spec.path("groups")));
        String message = null;
        if (request.subject().commonName().equals(author.user()) && allows(image, author, "selfnodeclient")) {
            message = "Auto approving self kubelet client certificate after SubjectAccessReview.";
        } else if (allows(image, author, "nodeclient")) {
            message = "Auto approving kubelet client certificate after SubjectAccessReview.";
        }
        if (message != null) {
            ObjectNode change = Json.object();
            condition(object, change.putObject("status"), "Approved", "AutoApproved", message);
            send(changed(object, "approval", change));
        }
    }

    private static boolean allows(ResourceImage image, Subject author, String right) {
        return Access.allows(image, author, new Attempt.OnResource("create", GROUP, RESOURCE, right, "", ""));
    }

    private static void condition(StoredObject object, ObjectNode status, String type, String reason, String message) {
        ArrayNode conditions = status.putArray("conditions");
        object.json().path("status").path("conditions").forEach(each -> conditions.add(each.deepCopy()));
        conditions
                .addObject()
                .put("type", type)
                .put("status", "True")
                .put("reason", reason)
                .put("message", message);
    }

    /** Whether a request has been decided for long, has waited for longer, or its certificate has ended. */
    static boolean isOver(JsonNode object, Instant now) {
        JsonNode conditions = object.path("status").path("conditions");
        if (conditions.isEmpty()) {
            return isBefore(Json.text(object, "metadata", "creationTimestamp"), now.minus(KEPT_PENDING));
        }
        boolean issued = !Json.text(object, "status", "certificate").isEmpty();
        for (JsonNode condition : conditions) {
            boolean decides =
                    switch (Json.text(condition, "type")) {
                        case "Denied", "Failed" -> true;
                        case "Approved" -> issued;
                        default -> false;
                    };
            if (decides && isBefore(Json.text(condition, "lastUpdateTime"), now.minus(KEPT))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBefore(String time, Instant limit) {
        return !time.isEmpty() && Instant.parse(time).isBefore(limit);
    }

    private static Set<String> types(JsonNode status) {
        Set<String> types = new HashSet<>();
        status.path("conditions").forEach(condition -> types.add(Json.text(condition, "type")));
        return types;
    }

    private static List<String> usages(JsonNode spec) {
        return List.copyOf(texts(spec.path("usages")));
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new HashSet<>();
        list.forEach(each -> texts.add(each.asString("")));
        return texts;
    }

    private static DesiredStateRequest.Builder changed(StoredObject object, String subresource, ObjectNode change) {
        return about(object, subresource, RequestOperation.PATCH)
                .setPatchType(PatchType.MERGE)
                .setPreconditionResourceVersion(String.valueOf(object.revision()))
                .setManifest(change.toString());
    }

    private static DesiredStateRequest.Builder about(
            StoredObject object, String subresource, RequestOperation operation) {
        return DesiredStateRequest.newBuilder()
                .setOperation(operation)
                .setGroup(GROUP)
                .setVersion("v1")
                .setResource(RESOURCE)
                .setSubresource(subresource)
                .setName(object.name())
                .setPreconditionUid(object.uid())
                .setFieldManager("certificates")
                .setUser(Subject.CERTIFICATES);
    }

    private void send(DesiredStateRequest.Builder request) {
        requests.send(request.build(), TraceContext.NONE).whenComplete((answer, failure) -> {
            boolean late = failure == null
                    && Set.of("Conflict", "NotFound").contains(answer.outcome().getReason());
            if (failure != null || (!answer.outcome().getAccepted() && !late)) {
                log.warn(
                        "certificate signing request {} was not taken care of: {}",
                        request.getName(),
                        failure == null ? answer.outcome().getMessage() : failure.toString());
            }
        });
    }
}
