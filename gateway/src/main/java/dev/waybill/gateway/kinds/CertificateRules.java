package dev.waybill.gateway.kinds;

import dev.waybill.gateway.certificates.KeyUsages;
import dev.waybill.gateway.certificates.SigningRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * CertificateSigningRequests: what is asked for is for ever, the subresource approval decides, the status has the
 * certificate (pkg/apis/certificates/validation in k8s.io/kubernetes). Stateless.
 */
final class CertificateRules implements KindRules {
    private static final long SHORTEST_SECONDS = 600;
    private static final String CONDITIONS = "status.conditions";
    private static final List<String> DECISIONS = List.of("Approved", "Denied");
    private static final List<String> FINAL = List.of("Approved", "Denied", "Failed");
    private static final String LEGACY = "kubernetes.io/legacy-unknown";

    @Override
    public void prepareForCreate(ObjectNode object) {
        object.putObject("status");
    }

    @Override
    public void prepareForUpdate(ObjectNode object, ObjectNode old) {
        object.set("spec", old.path("spec").deepCopy());
    }

    @Override
    public void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        JsonNode spec = object.path("spec");
        if (old != null) {
            return;
        }
        try {
            SigningRequest.parse(Json.text(spec, "request"));
        } catch (IllegalArgumentException e) {
            errors.add(FieldError.invalid(
                    "spec.request", Syntax.shown(spec.path("request")), String.valueOf(e.getMessage())));
        }
        if (spec.path("usages").isEmpty()) {
            errors.add(FieldError.required("spec.usages", ""));
        }
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode usage : spec.path("usages")) {
            String at = "spec.usages[" + index++ + "]";
            String name = usage.asString("");
            if (!KeyUsages.NAMES.contains(name)) {
                errors.add(FieldError.notSupported(at, name, KeyUsages.NAMES));
            } else if (!seen.add(name)) {
                errors.add(FieldError.duplicate(at, name));
            }
        }
        signer(Json.text(spec, "signerName"), errors);
        JsonNode seconds = spec.path("expirationSeconds");
        if (seconds.isNumber() && seconds.asLong(0) < SHORTEST_SECONDS) {
            errors.add(FieldError.invalid(
                    "spec.expirationSeconds",
                    seconds.toString(),
                    "may not specify a duration less than 600 seconds (10 minutes)"));
        }
    }

    /** A domain and a path below it. */
    private static void signer(String name, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required("spec.signerName", ""));
            return;
        }
        int slash = name.indexOf('/');
        boolean whole = slash > 0
                && slash == name.lastIndexOf('/')
                && name.substring(0, slash).contains(".")
                && Syntax.dnsSubdomain(name.substring(0, slash)) == null
                && Syntax.dnsSubdomain(name.substring(slash + 1)) == null;
        if (!whole) {
            errors.add(FieldError.invalid(
                    "spec.signerName",
                    Syntax.quoted(name),
                    "must be a fully qualified domain and path of the form 'example.com/signer-name'"));
        } else if (name.equals(LEGACY)) {
            errors.add(FieldError.invalid(
                    "spec.signerName",
                    Syntax.quoted(name),
                    "the legacy signerName is not allowed via this API version"));
        }
    }

    @Override
    public @Nullable ObjectNode throughSubresource(String subresource, ObjectNode before, ObjectNode asked) {
        if (!subresource.equals("approval")) {
            return null;
        }
        JsonNode conditions = asked.path("status").path("conditions");
        ObjectNode status = Json.child(before, "status");
        if (conditions.isMissingNode()) {
            status.remove("conditions");
        } else {
            status.set("conditions", conditions.deepCopy());
        }
        ObjectNode metadata = Json.child(before, "metadata");
        for (String field : metadataWithStatus()) {
            JsonNode value = asked.path("metadata").path(field);
            if (value.isMissingNode()) {
                metadata.remove(field);
            } else {
                metadata.set(field, value.deepCopy());
            }
        }
        return before;
    }

    @Override
    public void validateSubresource(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        conditions(object, old, errors);
    }

    @Override
    public void validateStatus(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        conditions(object, old, errors);
        for (String decision : DECISIONS) {
            if (!types(old).contains(decision) && types(object).contains(decision)) {
                errors.add(FieldError.forbidden(
                        CONDITIONS, "updates may not add a condition of type \"" + decision + "\""));
            }
        }
        String certificate = Json.text(old, "status", "certificate");
        if (!certificate.isEmpty() && !certificate.equals(Json.text(object, "status", "certificate"))) {
            errors.add(
                    FieldError.forbidden("status.certificate", "updates may not modify existing certificate content"));
        }
    }

    private static void conditions(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        Set<String> now = types(object);
        for (String type : FINAL) {
            if (types(old).contains(type) && !now.contains(type)) {
                errors.add(FieldError.forbidden(
                        CONDITIONS, "updates may not remove a condition of type \"" + type + "\""));
            }
        }
        if (now.containsAll(DECISIONS)) {
            errors.add(FieldError.invalid(
                    CONDITIONS,
                    object.path("status").path("conditions").toString(),
                    "Approved and Denied conditions are mutually exclusive"));
        }
        int index = 0;
        for (JsonNode condition : object.path("status").path("conditions")) {
            String at = CONDITIONS + "[" + index++ + "]";
            String type = Json.text(condition, "type");
            if (type.isEmpty()) {
                errors.add(FieldError.required(at + ".type", ""));
            } else if (FINAL.contains(type) && !Json.text(condition, "status").equals("True")) {
                errors.add(FieldError.notSupported(at + ".status", Json.text(condition, "status"), List.of("True")));
            } else if (Json.text(condition, "status").isEmpty()) {
                errors.add(FieldError.required(at + ".status", ""));
            }
        }
    }

    private static Set<String> types(ObjectNode object) {
        return object.path("status")
                .path("conditions")
                .valueStream()
                .map(condition -> Json.text(condition, "type"))
                .collect(Collectors.toSet());
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode object) {
        return Map.of("spec.signerName", Json.text(object, "spec", "signerName"));
    }
}
