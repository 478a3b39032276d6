package dev.waybill.gateway.schema;

import java.util.Map;

/** The fields of the kinds that only this platform has. Stateless. */
final class OwnKinds {
    private static final FieldType.Scalar TEXT = new FieldType.Scalar("string", FieldType.Scalar.Kind.STRING);
    private static final FieldType.MapOf AMOUNTS =
            new FieldType.MapOf(new FieldType.Scalar("Quantity", FieldType.Scalar.Kind.STRING_OR_NUMBER));

    private OwnKinds() {}

    /** A kind that is not known either takes any field. */
    static FieldType find(String group, String version, String kind) {
        return switch (group + "/" + version + "/" + kind) {
            case "waybill.dev/v1alpha1/QuotaPool" ->
                new FieldType.Struct(
                        kind,
                        Map.of(
                                "apiVersion",
                                TEXT,
                                "kind",
                                TEXT,
                                "metadata",
                                metadata(),
                                "spec",
                                new FieldType.Struct(
                                        "QuotaPoolSpec",
                                        Map.of("capacity", AMOUNTS, "namespaces", new FieldType.ListOf(TEXT))),
                                "status",
                                new FieldType.Any()));
            case "metrics.k8s.io/v1beta1/NodeMetrics" -> measured(kind, "usage", AMOUNTS);
            case "metrics.k8s.io/v1beta1/PodMetrics" ->
                measured(
                        kind,
                        "containers",
                        new FieldType.ListOf(
                                new FieldType.Struct("ContainerMetrics", Map.of("name", TEXT, "usage", AMOUNTS))));
            default -> new FieldType.Any();
        };
    }

    private static FieldType measured(String kind, String field, FieldType type) {
        return new FieldType.Struct(
                kind,
                Map.of(
                        "apiVersion",
                        TEXT,
                        "kind",
                        TEXT,
                        "metadata",
                        metadata(),
                        "timestamp",
                        TEXT,
                        "window",
                        TEXT,
                        field,
                        type));
    }

    /** The metadata of every object. */
    static FieldType metadata() {
        return ModelClasses.find("meta", "v1", "ObjectMeta").map(FieldType::of).orElseThrow();
    }
}
