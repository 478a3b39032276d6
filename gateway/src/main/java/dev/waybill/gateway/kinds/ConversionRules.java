package dev.waybill.gateway.kinds;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * spec.conversion of a CustomResourceDefinition, under the paths of Kubernetes' internal version, which is what its
 * messages show (apiextensions-apiserver, pkg/apis/apiextensions/validation). Stateless.
 */
final class ConversionRules {
    /** Of a service without a port. */
    static final int PORT = 443;

    private static final String AT = "spec.conversion";
    private static final String CLIENT = AT + ".webhookClientConfig";
    private static final String VERSIONS = AT + ".conversionReviewVersions";
    private static final String FORM = "; desired format: https://host[/path]";
    private static final String ONLY_WEBHOOK = "should not be set when strategy is not set to Webhook";

    /** Scheme, user information, host with port, path, query, fragment (RFC 3986, appendix B). */
    private static final Pattern URL = Pattern.compile("(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:([^/?#@]*)@)?"
            + "((?:\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._~-]*)(?::\\d*)?))?"
            + "([^?#\\p{Cntrl} ]*)(?:\\?([^#]*))?(?:#(.*))?");

    private ConversionRules() {}

    static void defaults(ObjectNode spec) {
        if (spec.path("conversion").path("webhook").path("clientConfig").path("service") instanceof ObjectNode service
                && !service.has("port")) {
            service.put("port", PORT);
        }
    }

    /** @param old the spec before, empty on creation: a bundle that was accepted in former times stays */
    static void validate(JsonNode spec, JsonNode old, List<FieldError> errors) {
        JsonNode conversion = spec.path("conversion");
        JsonNode webhook = conversion.path("webhook");
        JsonNode client = webhook.path("clientConfig");
        JsonNode versions = webhook.path("conversionReviewVersions");
        String strategy = Json.text(conversion, "strategy");
        if (!strategy.equals("None") && spec.path("preserveUnknownFields").asBoolean(false)) {
            errors.add(FieldError.invalid(
                    AT + ".strategy", Syntax.quoted(strategy), "must be None if spec.preserveUnknownFields is true"));
        }
        if (strategy.isEmpty()) {
            errors.add(FieldError.required(AT + ".strategy", ""));
        } else {
            Syntax.oneOf(conversion, "strategy", AT + ".strategy", List.of("None", WebhookConversion.STRATEGY), errors);
        }
        if (!strategy.equals(WebhookConversion.STRATEGY)) {
            if (client.isObject()) {
                errors.add(FieldError.forbidden(CLIENT, ONLY_WEBHOOK));
            }
            if (!versions.isEmpty()) {
                errors.add(FieldError.forbidden(VERSIONS, ONLY_WEBHOOK));
            }
            return;
        }
        if (client.isObject()) {
            client(client, Json.text(old.path("conversion").path("webhook"), "clientConfig", "caBundle"), errors);
        } else {
            errors.add(FieldError.required(CLIENT, "required when strategy is set to Webhook"));
        }
        versions(versions, reviewed(old), errors);
    }

    /** Whether the versions of a former spec are such that nothing needs to be known of the new ones. */
    private static boolean reviewed(JsonNode old) {
        JsonNode versions = old.path("conversion").path("webhook").path("conversionReviewVersions");
        return versions.isEmpty() || versions.valueStream().anyMatch(ConversionRules::spoken);
    }

    private static boolean spoken(JsonNode version) {
        return WebhookConversion.SPOKEN.contains(version.asString(""));
    }

    private static void client(JsonNode client, String oldBundle, List<FieldError> errors) {
        boolean url = client.hasNonNull("url");
        if (url == client.path("service").isObject()) {
            errors.add(FieldError.required(CLIENT, "exactly one of url or service is required"));
        } else if (url) {
            url(Json.text(client, "url"), errors);
        } else {
            service(client.path("service"), errors);
        }
        String bundle = Json.text(client, "caBundle");
        String wrong = wrongBundle(bundle);
        if (wrong != null && wrongBundle(oldBundle) == null) {
            errors.add(FieldError.invalid(CLIENT + ".caBundle", Syntax.quoted(bundle), wrong));
        }
    }

    private static void url(String text, List<FieldError> errors) {
        String at = CLIENT + ".url";
        Matcher url = URL.matcher(text);
        if (!url.matches()) {
            errors.add(FieldError.required(at, "url must be a valid URL: parse \"" + text + "\": invalid" + FORM));
            return;
        }
        String scheme = url.group(1) == null ? "" : url.group(1);
        if (!scheme.equalsIgnoreCase("https")) {
            errors.add(FieldError.invalid(at, Syntax.quoted(scheme), "'https' is the only allowed URL scheme" + FORM));
        }
        if (url.group(3) == null || url.group(3).isEmpty()) {
            errors.add(FieldError.invalid(at, "\"\"", "host must be specified" + FORM));
        }
        part(at, url.group(2), "user information is not permitted in the URL", errors);
        part(at, url.group(6), "fragments are not permitted in the URL", errors);
        part(at, url.group(5), "query parameters are not permitted in the URL", errors);
    }

    private static void part(String at, @Nullable String part, String wrong, List<FieldError> errors) {
        if (part != null && !part.isEmpty()) {
            errors.add(FieldError.invalid(at, Syntax.quoted(part), wrong));
        }
    }

    private static void service(JsonNode service, List<FieldError> errors) {
        String at = CLIENT + ".service";
        for (String field : List.of("name", "namespace")) {
            if (Json.text(service, field).isEmpty()) {
                errors.add(FieldError.required(at + "." + field, "service " + field + " is required"));
            }
        }
        long port = Json.number(service, "port", PORT);
        if (port < 1 || port > 65_535) {
            errors.add(FieldError.invalid(
                    at + ".port", String.valueOf(port), "port is not valid: must be between 1 and 65535, inclusive"));
        }
        String path = Json.text(service, "path");
        if (path.isEmpty() || path.equals("/")) {
            return;
        }
        String shown = Syntax.quoted(path);
        if (!path.startsWith("/")) {
            errors.add(FieldError.invalid(at + ".path", shown, "must start with a '/'"));
        }
        String steps = path.substring(1, Math.max(1, path.endsWith("/") ? path.length() - 1 : path.length()));
        int index = 0;
        for (String step : steps.split("/", -1)) {
            String wrong = step.isEmpty() ? " may not be empty" : Syntax.dnsSubdomain(step);
            if (wrong != null) {
                errors.add(FieldError.invalid(
                        at + ".path", shown, "segment[" + index + "]" + (step.isEmpty() ? wrong : ": " + wrong)));
            }
            index++;
        }
    }

    private static @Nullable String wrongBundle(String bundle) {
        if (bundle.isEmpty()) {
            return null;
        }
        try {
            byte[] pem = Base64.getDecoder().decode(bundle);
            boolean some = !CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem))
                    .isEmpty();
            return some ? null : "unable to load root certificates: unable to parse bytes as PEM block";
        } catch (IllegalArgumentException | CertificateException e) {
            return "unable to load root certificates: unable to parse bytes as PEM block";
        }
    }

    private static void versions(JsonNode versions, boolean mustBeSpoken, List<FieldError> errors) {
        if (versions.isEmpty()) {
            errors.add(FieldError.required(VERSIONS, ""));
            return;
        }
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode version : versions) {
            String at = VERSIONS + "[" + index++ + "]";
            String name = version.asString("");
            if (!seen.add(name)) {
                errors.add(FieldError.invalid(at, Syntax.quoted(name), "duplicate version"));
                continue;
            }
            String wrong = Syntax.dns1035Label(name);
            if (wrong != null) {
                errors.add(FieldError.invalid(at, Syntax.quoted(name), wrong));
            }
        }
        if (mustBeSpoken && versions.valueStream().noneMatch(ConversionRules::spoken)) {
            errors.add(FieldError.invalid(
                    VERSIONS,
                    versions.toString(),
                    "must include at least one of " + String.join(", ", WebhookConversion.SPOKEN)));
        }
    }
}
