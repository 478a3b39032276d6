package dev.waybill.gateway.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A list as an answer: written item by item, so that however long it is only one item is in memory. Stateless. */
final class ListBody {
    private ListBody() {}

    /**
     * Writes an object whose last field is a list.
     *
     * @param head its other fields, at least one
     * @param field the name of the list
     * @param items each as JSON; made when it is asked for
     */
    static void write(
            OutputStream out, Negotiation.Encoding encoding, ObjectNode head, String field, Iterator<String> items)
            throws IOException {
        switch (encoding) {
            case JSON -> {
                String text = head.toString();
                put(out, text.substring(0, text.length() - 1) + ",\"" + field + "\":[");
                for (boolean first = true; items.hasNext(); first = false) {
                    put(out, (first ? "" : ",") + items.next());
                }
                put(out, "]}\n");
            }
            case YAML -> {
                put(out, yaml(head.toString()) + field + (items.hasNext() ? ":\n" : ": []\n"));
                while (items.hasNext()) {
                    put(out, yaml("[" + items.next() + "]")); // what stands under a field needs no indent
                }
            }
        }
    }

    static String yaml(String json) {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        return new Yaml(options).dump(JsonMapper.shared().readValue(json, Object.class));
    }

    private static void put(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
