package dev.waybill.gateway.kinds;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * That objects are converted by a webhook of the kind's author (apiextensions.k8s.io/v1 WebhookConversion). It is called
 * before a request reaches the writer and after its answer, never where something is decided (ADR 46), so the conversions
 * in place do not exist. Immutable.
 *
 * @param definition name of the CustomResourceDefinition
 * @param url empty when a service is named
 * @param service null when a URL is given
 * @param caBundle PEM in base64; empty for the system's trust
 * @param reviewVersions of ConversionReview that it understands, best first
 */
public record WebhookConversion(
        String definition, String url, @Nullable Service service, String caBundle, List<String> reviewVersions)
        implements Conversion {
    public static final String STRATEGY = "Webhook";

    /** Versions of ConversionReview that are spoken here. */
    public static final List<String> SPOKEN = List.of("v1", "v1beta1");

    /** Where a Service's webhook is; path begins with a slash, or is empty. */
    public record Service(String namespace, String name, int port, String path) {
        /** The name that its certificate must be for. */
        public String serverName() {
            return name + "." + namespace + ".svc";
        }
    }

    /** How a definition's objects are converted. */
    static Conversion of(JsonNode definition) {
        JsonNode conversion = definition.path("spec").path("conversion");
        if (!Json.text(conversion, "strategy").equals(STRATEGY)) {
            return Conversion.NONE;
        }
        JsonNode webhook = conversion.path("webhook");
        JsonNode client = webhook.path("clientConfig");
        JsonNode service = client.path("service");
        return new WebhookConversion(
                Json.text(definition, "metadata", "name"),
                Json.text(client, "url"),
                service.isObject()
                        ? new Service(
                                Json.text(service, "namespace"),
                                Json.text(service, "name"),
                                (int) Json.number(service, "port", ConversionRules.PORT),
                                Json.text(service, "path"))
                        : null,
                Json.text(client, "caBundle"),
                webhook.path("conversionReviewVersions")
                        .valueStream()
                        .map(each -> each.asString(""))
                        .toList());
    }

    @Override
    public void toStorage(ObjectNode object) {
        throw new IllegalStateException("objects of " + definition + " are converted by a webhook");
    }

    @Override
    public void fromStorage(ObjectNode object) {
        throw new IllegalStateException("objects of " + definition + " are converted by a webhook");
    }
}
