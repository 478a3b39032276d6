package dev.waybill.gateway.kinds;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a CustomResourceDefinition says of one version of its kind. Immutable.
 *
 * @param schema the version's openAPIV3Schema; null when it has none
 * @param columns for tables, after the name
 * @param scale where the scale subresource finds its numbers; null without it
 */
public record CustomKind(
        @Nullable JsonNode schema,
        List<PrinterColumn> columns,
        @Nullable ScalePaths scale) {

    /** One of the additionalPrinterColumns. */
    public record PrinterColumn(String name, String type, String format, int priority, String jsonPath) {}

    /** Paths such as .spec.replicas; the selector's is empty when there is none. */
    public record ScalePaths(String specReplicas, String statusReplicas, String labelSelector) {}
}
