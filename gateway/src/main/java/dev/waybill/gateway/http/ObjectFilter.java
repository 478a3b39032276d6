package dev.waybill.gateway.http;

import dev.waybill.events.objects.LabelSelector;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.StoredObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which objects of a collection a caller wants: label selector, field selector, namespace and name. Immutable. */
record ObjectFilter(String namespace, LabelSelector labels, List<FieldTerm> fields) {
    /** What a selector of one object begins with. */
    static final String ONE_NAME = "metadata.name=";

    private static final Set<String> PLACE = Set.of("metadata.name", "metadata.namespace");

    /** One term of a field selector. */
    record FieldTerm(String field, boolean equal, String value) {}

    /**
     * Reads the selectors of a request.
     *
     * @throws ApiException 400 when one of them is malformed or names a field that cannot be selected by
     */
    static ObjectFilter of(Kind kind, String namespace, String labelSelector, String fieldSelector) {
        LabelSelector labels;
        try {
            labels = LabelSelector.parse(labelSelector);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("labelSelector: " + e.getMessage());
        }
        List<FieldTerm> terms = new ArrayList<>();
        for (String term : fieldSelector.isBlank() ? new String[0] : fieldSelector.split(",", -1)) {
            terms.add(term(kind, term.strip()));
        }
        return new ObjectFilter(namespace, labels, terms);
    }

    boolean matches(StoredObject object) {
        if (!namespace.isEmpty() && !namespace.equals(object.namespace())) {
            return false;
        }
        if (!labels.isEverything() && !labels.matches(object.labels())) {
            return false;
        }
        return fields.isEmpty() || fieldsMatch(object);
    }

    /** Whether it looks at what objects are like, not only at where they are. */
    boolean looksInside() {
        return !labels.isEverything() || fields.stream().anyMatch(term -> !PLACE.contains(term.field));
    }

    /** The name that the filter pins down, or empty. */
    String exactName() {
        return fields.stream()
                .filter(term -> term.equal && term.field.equals("metadata.name"))
                .map(FieldTerm::value)
                .findFirst()
                .orElse("");
    }

    private boolean fieldsMatch(StoredObject object) {
        String exact = exactName();
        if (!exact.isEmpty() && !exact.equals(object.name())) {
            return false;
        }
        Map<String, String> values = object.kind().selectableFields(object.content());
        return fields.stream()
                .allMatch(term ->
                        term.equal == values.getOrDefault(term.field, "").equals(term.value));
    }

    private static FieldTerm term(Kind kind, String text) {
        int at = text.indexOf("!=");
        boolean equal = at < 0;
        int length = 2;
        if (equal) {
            at = text.indexOf("==");
            if (at < 0) {
                at = text.indexOf('=');
                length = 1;
            }
        }
        if (at <= 0) {
            throw ApiException.badRequest("fieldSelector: invalid selector: '" + text + "'; can't understand it");
        }
        String field = kind.conversion().selectable(text.substring(0, at));
        var known = kind.selectableFields(
                tools.jackson.databind.json.JsonMapper.shared().createObjectNode());
        if (!known.containsKey(field)) {
            throw ApiException.badRequest(
                    "\"" + field + "\" is not a known field selector: only " + quoted(known.keySet()));
        }
        return new FieldTerm(field, equal, text.substring(at + length));
    }

    private static String quoted(Iterable<String> fields) {
        List<String> quoted = new ArrayList<>();
        fields.forEach(field -> quoted.add("\"" + field + "\""));
        return String.join(", ", quoted);
    }
}
