package dev.waybill.gateway.http.table;

import dev.waybill.gateway.kinds.CustomKind;
import dev.waybill.gateway.kinds.CustomKind.PrinterColumn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;

/** The additionalPrinterColumns of a CustomResourceDefinition. Pure. */
final class CustomColumns {
    /** A step of a JSONPath: .field, ['field'], [0], [*] or [?(@.field=="value")]. */
    private static final Pattern STEP = Pattern.compile(
            "\\.([^.\\[\\\\]+(?:\\\\.[^.\\[\\\\]+)*)|\\['([^']+)'\\]|\\[([0-9]+|\\*)\\]|\\[\\?\\(@\\.([^=!<> ]+) *== *[\"']([^\"']*)[\"']\\)\\]");

    private CustomColumns() {}

    static List<Column> of(CustomKind kind) {
        List<Column> columns = new ArrayList<>();
        columns.add(Columns.name());
        if (kind.columns().isEmpty()) {
            columns.add(Columns.age());
        }
        for (PrinterColumn column : kind.columns()) {
            columns.add(new Column(
                    column.name(),
                    column.type(),
                    column.format(),
                    column.priority(),
                    (object, now) -> cell(object, column, now)));
        }
        return columns;
    }

    private static JsonNode cell(JsonNode object, PrinterColumn column, Instant now) {
        JsonNode value = at(object, column.jsonPath());
        if (value.isMissingNode() || value.isNull()) {
            return JsonNodeFactory.instance.nullNode();
        }
        return switch (column.type()) {
            case "date" -> JsonNodeFactory.instance.stringNode(Ages.since(value.asString(""), now));
            case "integer", "number", "boolean" -> value;
            default -> JsonNodeFactory.instance.stringNode(value.isString() ? value.stringValue() : value.toString());
        };
    }

    private static JsonNode at(JsonNode object, String path) {
        JsonNode node = object;
        Matcher step = STEP.matcher(path);
        int end = 0;
        while (step.find() && step.start() == end) {
            end = step.end();
            node = next(node, step);
        }
        return end == path.length() ? node : MissingNode.getInstance();
    }

    private static JsonNode next(JsonNode node, Matcher step) {
        if (step.group(1) != null) {
            return node.path(step.group(1).replace("\\.", "."));
        }
        if (step.group(2) != null) {
            return node.path(step.group(2));
        }
        if (step.group(3) != null) {
            return node.path(step.group(3).equals("*") ? 0 : Integer.parseInt(step.group(3)));
        }
        for (JsonNode element : node) {
            if (element.path(step.group(4)).asString("").equals(step.group(5))) {
                return element;
            }
        }
        return MissingNode.getInstance();
    }
}
