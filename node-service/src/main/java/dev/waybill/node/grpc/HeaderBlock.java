package dev.waybill.node.grpc;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Headers as HPACK (RFC 7541) without a dynamic table, which the other side is told not to use. Of names that the static
 * table has, only the status is known here; other names of it come as their number. Stateless.
 */
final class HeaderBlock {
    private static final int FIRST_STATUS = 8;
    private static final String[] STATUSES = {"200", "204", "206", "304", "400", "404", "500"};
    private static final int LAST_STATIC = 61;

    private HeaderBlock() {}

    /** Each header as a literal that no table keeps. */
    static byte[] write(Map<String, String> headers) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        headers.forEach((name, value) -> {
            block.write(0);
            text(block, name);
            text(block, value);
        });
        return block.toByteArray();
    }

    private static void text(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < 0x7f) {
            block.write(bytes.length);
        } else {
            block.write(0x7f);
            int rest = bytes.length - 0x7f;
            for (; rest >= 0x80; rest >>= 7) {
                block.write((rest & 0x7f) | 0x80);
            }
            block.write(rest);
        }
        block.writeBytes(bytes);
    }

    /** @throws IOException when the block cannot be read, or needs a dynamic table all the same */
    static Map<String, String> read(byte[] block) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(block);
        Map<String, String> headers = new HashMap<>();
        for (int first = in.read(); first >= 0; first = in.read()) {
            if ((first & 0x80) != 0) {
                indexed(number(in, first, 7), headers);
            } else if ((first & 0xe0) == 0x20) {
                number(in, first, 5); // the size of the dynamic table: 0
            } else {
                int index = number(in, first, (first & 0x40) != 0 ? 6 : 4);
                String name = index == 0 ? text(in) : name(index);
                headers.put(name, text(in));
            }
        }
        return headers;
    }

    private static void indexed(int index, Map<String, String> headers) throws IOException {
        if (index >= FIRST_STATUS && index < FIRST_STATUS + STATUSES.length) {
            headers.put(":status", STATUSES[index - FIRST_STATUS]);
        } else {
            headers.put(name(index), "");
        }
    }

    private static String name(int index) throws IOException {
        if (index < 1 || index > LAST_STATIC) {
            throw new IOException("a header refers to a table that was not agreed on");
        }
        return index >= FIRST_STATUS && index < FIRST_STATUS + STATUSES.length ? ":status" : "#" + index;
    }

    private static String text(ByteArrayInputStream in) throws IOException {
        int first = in.read();
        byte[] bytes = in.readNBytes(number(in, first, 7));
        return (first & 0x80) != 0 ? Huffman.read(bytes) : new String(bytes, StandardCharsets.UTF_8);
    }

    private static int number(ByteArrayInputStream in, int first, int bits) throws IOException {
        int mask = (1 << bits) - 1;
        int number = first & mask;
        if (first < 0 || number < mask) {
            return number;
        }
        for (int shift = 0; shift < 28; shift += 7) {
            int next = in.read();
            number += (next & 0x7f) << shift;
            if (next < 0x80) {
                return number;
            }
        }
        throw new IOException("a number in a header is too large");
    }
}
