package dev.waybill.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ListBodyTest {
    private static final int ITEMS = 400;
    private static final int ITEM_BYTES = 200_000;

    @ParameterizedTest
    @EnumSource
    void everyEncodingSaysTheSame(Negotiation.Encoding encoding) throws Exception {
        String item = "{\"metadata\":{\"name\":\"a\"},\"l\":[1,{\"x\":\"y: z\"}],\"e\":{}}";
        assertThat(read(encoding, List.of(item, item)))
                .isEqualTo(JsonMapper.shared()
                        .readValue(
                                "{\"kind\":\"L\",\"metadata\":{\"r\":\"1\"},\"items\":[" + item + "," + item + "]}",
                                Object.class));
        assertThat(read(encoding, List.of()))
                .isEqualTo(JsonMapper.shared()
                        .readValue("{\"kind\":\"L\",\"metadata\":{\"r\":\"1\"},\"items\":[]}", Object.class));
    }

    @Test
    void jsonEndsWithALine() throws Exception {
        assertThat(text(Negotiation.Encoding.JSON, List.of("1", "2")))
                .isEqualTo("{\"kind\":\"L\",\"metadata\":{\"r\":\"1\"},\"items\":[1,2]}\n");
    }

    /** 80 MB come in parts no larger than an item: nothing holds the whole. */
    @ParameterizedTest
    @EnumSource
    void onlyOneItemIsInMemory(Negotiation.Encoding encoding) throws Exception {
        String item = "{\"data\":\"" + "x".repeat(ITEM_BYTES) + "\"}";
        Largest largest = new Largest();
        ListBody.write(
                largest,
                encoding,
                head(),
                "items",
                IntStream.range(0, ITEMS).mapToObj(i -> item).iterator());
        assertThat(largest.all).isGreaterThan((long) ITEMS * ITEM_BYTES);
        assertThat(largest.most).isLessThan(ITEM_BYTES + 100);
    }

    private static Object read(Negotiation.Encoding encoding, List<String> items) throws Exception {
        return new Yaml().load(text(encoding, items));
    }

    private static String text(Negotiation.Encoding encoding, List<String> items) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ListBody.write(out, encoding, head(), "items", items.iterator());
        return out.toString(StandardCharsets.UTF_8);
    }

    private static ObjectNode head() {
        ObjectNode head = JsonMapper.shared().createObjectNode().put("kind", "L");
        head.putObject("metadata").put("r", "1");
        return head;
    }

    /** Counts what is written and keeps nothing. */
    private static final class Largest extends OutputStream {
        private long all;
        private int most;

        @Override
        public void write(int b) {
            write(new byte[1], 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            all += length;
            most = Math.max(most, length);
        }
    }
}
