package dev.waybill.gateway.http;

import java.util.Locale;
import java.util.Set;

/**
 * What form of an answer a caller asked for. Immutable.
 *
 * @param version of meta.k8s.io in which tables and metadata are shown
 */
record Negotiation(Form form, Encoding encoding, String version) {
    private static final Set<String> VERSIONS = Set.of("v1", "v1beta1");

    /** An answer as it always was. */
    static final Negotiation PLAIN = new Negotiation(Form.OBJECT, Encoding.JSON, "v1");

    /** The shape of the answer. */
    enum Form {
        OBJECT,
        TABLE,
        METADATA
    }

    /** The encoding of the answer. */
    enum Encoding {
        JSON,
        YAML
    }

    /**
     * Reads an Accept header: the first clause that is spoken here wins.
     *
     * @throws ApiException 406 when none is
     */
    static Negotiation of(String accept) {
        if (accept.isBlank()) {
            return PLAIN;
        }
        for (String clause : accept.split(",", -1)) {
            String[] parts = clause.strip().split("\\s*;\\s*", -1);
            String type = parts[0].toLowerCase(Locale.ROOT);
            String as = "";
            String version = "v1";
            for (String part : parts) {
                as = part.startsWith("as=") ? part.substring(3) : as;
                version = part.startsWith("v=") ? part.substring(2) : version;
            }
            Form form =
                    switch (as) {
                        case "" -> Form.OBJECT;
                        case "Table" -> Form.TABLE;
                        case "PartialObjectMetadata", "PartialObjectMetadataList" -> Form.METADATA;
                        default -> null;
                    };
            if (form == null || !VERSIONS.contains(version)) {
                continue;
            }
            switch (type) {
                case "application/json", "*/*", "application/*" -> {
                    return new Negotiation(form, Encoding.JSON, version);
                }
                case "application/yaml" -> {
                    return new Negotiation(form, Encoding.YAML, version);
                }
                default -> {}
            }
        }
        throw ApiException.of(
                406,
                "NotAcceptable",
                "only the following media types are accepted: application/json, application/yaml");
    }
}
