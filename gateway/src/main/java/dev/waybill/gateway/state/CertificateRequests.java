package dev.waybill.gateway.state;

import dev.waybill.gateway.certificates.BuiltInSigner;
import dev.waybill.gateway.certificates.SigningRequest;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.Subject;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who asks for a certificate, and who may approve or sign: the admission plugins CertificateApproval and
 * CertificateSigning of Kubernetes. Stateless.
 */
final class CertificateRequests {
    private static final String GROUP = "certificates.k8s.io";

    private CertificateRequests() {}

    /** Says in a new request who asks, whatever it says itself. */
    static void complete(Caller caller, Kind kind, ObjectNode object) {
        if (!concerns(kind) || !(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        spec.remove(List.of("uid", "extra"));
        spec.put("username", caller.user());
        caller.subject().groups().stream().sorted().forEach(spec.putArray("groups")::add);
    }

    /** Nobody becomes an administrator by a certificate: the admission plugin CertificateSubjectRestriction. */
    static void admit(Kind kind, String name, ObjectNode object) {
        if (concerns(kind)
                && Json.text(object, "spec", "signerName").equals(BuiltInSigner.CLIENT.signerName())
                && SigningRequest.parse(Json.text(object, "spec", "request"))
                        .subject()
                        .organisations()
                        .contains(Subject.ADMINISTRATORS)) {
            throw Refusal.forbidden(
                            kind,
                            name,
                            "use of " + BuiltInSigner.CLIENT.signerName() + " signer with " + Subject.ADMINISTRATORS
                                    + " group is not allowed")
                    .asException();
        }
    }

    /** Refuses a decision that is not the caller's to make, and dates what he says. */
    static void decided(Draft draft, Caller caller, Kind kind, ObjectNode object, ObjectNode old) {
        if (!concerns(kind)) {
            return;
        }
        JsonNode now = object.path("status");
        JsonNode before = old.path("status");
        boolean approves = !same(now, before, "Approved") || !same(now, before, "Denied");
        boolean signs = !Json.same(now.path("certificate"), before.path("certificate")) || !same(now, before, "Failed");
        if (approves) {
            require(draft, caller, object, "approve");
        }
        if (signs) {
            require(draft, caller, object, "sign");
        }
        for (ObjectNode condition : Json.objects(now.path("conditions"))) {
            Json.defaultText(condition, "lastUpdateTime", draft.timestamp());
            JsonNode known = condition(before, Json.text(condition, "type"));
            boolean kept = Json.text(known, "status").equals(Json.text(condition, "status"));
            Json.defaultText(
                    condition,
                    "lastTransitionTime",
                    kept && known.has("lastTransitionTime")
                            ? Json.text(known, "lastTransitionTime")
                            : draft.timestamp());
        }
    }

    private static void require(Draft draft, Caller caller, ObjectNode object, String verb) {
        String signer = Json.text(object, "spec", "signerName");
        String domain = signer.substring(0, signer.indexOf('/') + 1) + "*";
        for (String name : List.of(signer, domain)) {
            if (Access.allows(
                    draft.image(), caller.subject(), new Attempt.OnResource(verb, GROUP, "signers", "", "", name))) {
                return;
            }
        }
        throw Caller.forbidden(
                        new Attempt.OnResource(
                                "update",
                                GROUP,
                                "certificatesigningrequests",
                                "",
                                "",
                                Json.text(object, "metadata", "name")),
                        "user not permitted to " + verb + " requests with signerName \"" + signer + "\"")
                .asException();
    }

    /** Whether two statuses have the same of one condition. */
    private static boolean same(JsonNode now, JsonNode before, String type) {
        return condition(now, type).isMissingNode() == condition(before, type).isMissingNode();
    }

    private static JsonNode condition(JsonNode status, String type) {
        for (JsonNode each : status.path("conditions")) {
            if (Json.text(each, "type").equals(type)) {
                return each;
            }
        }
        return MissingNode.getInstance();
    }

    private static boolean concerns(Kind kind) {
        return kind.group().equals(GROUP) && kind.kind().equals("CertificateSigningRequest");
    }
}
