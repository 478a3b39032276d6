package dev.waybill.gateway.http;

import java.util.Locale;

/** What form of an answer a caller asked for. Immutable. */
record Negotiation(Form form, Encoding encoding) {

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
            return new Negotiation(Form.OBJECT, Encoding.JSON);
        }
        for (String clause : accept.split(",", -1)) {
            String[] parts = clause.strip().split("\\s*;\\s*", -1);
            String type = parts[0].toLowerCase(Locale.ROOT);
            String as = "";
            for (String part : parts) {
                as = part.startsWith("as=") ? part.substring(3) : as;
            }
            Form form =
                    switch (as) {
                        case "" -> Form.OBJECT;
                        case "Table" -> Form.TABLE;
                        case "PartialObjectMetadata", "PartialObjectMetadataList" -> Form.METADATA;
                        default -> null;
                    };
            if (form == null) {
                continue;
            }
            switch (type) {
                case "application/json", "*/*", "application/*" -> {
                    return new Negotiation(form, Encoding.JSON);
                }
                case "application/yaml" -> {
                    return new Negotiation(form, Encoding.YAML);
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
