package dev.waybill.node.grpc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads texts in the code of RFC 7541, appendix B; the code is canonical, so the lengths say all. Stateless. */
final class Huffman {
    /** The length of each byte's code, from A for 5; the last is the end of the text. */
    private static final String LENGTHS = "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHF"
            + "IBCCCCCCCCCCCCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIX"
            + "PRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRS"
            + "VVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWVZ";

    private static final int SHORTEST = 5;
    private static final int LONGEST = 30;

    /** The first code of each length, and the symbols in the order of their codes. */
    private static final int[] FIRST = new int[LONGEST + 1];

    private static final int[] BEFORE = new int[LONGEST + 2];
    private static final int[] SYMBOLS = new int[LENGTHS.length()];

    static {
        int code = 0;
        int symbols = 0;
        for (int length = SHORTEST; length <= LONGEST; length++) {
            code <<= 1;
            FIRST[length] = code;
            BEFORE[length] = symbols;
            for (int symbol = 0; symbol < LENGTHS.length(); symbol++) {
                if (LENGTHS.charAt(symbol) - 'A' + SHORTEST == length) {
                    SYMBOLS[symbols++] = symbol;
                    code++;
                }
            }
        }
        BEFORE[LONGEST + 1] = symbols;
    }

    private Huffman() {}

    /** @throws IOException when the bytes are no such text */
    static String read(byte[] bytes) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int code = 0;
        int length = 0;
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            code = (code << 1) | ((bytes[bit / 8] >> (7 - bit % 8)) & 1);
            length++;
            if (length < SHORTEST) {
                continue;
            }
            if (length > LONGEST) {
                throw new IOException("a header is not well encoded");
            }
            int place = code - FIRST[length];
            if (place < BEFORE[length + 1] - BEFORE[length]) {
                text.write(SYMBOLS[BEFORE[length] + place]);
                code = 0;
                length = 0;
            }
        }
        return text.toString(StandardCharsets.ISO_8859_1); // what is left is padding
    }
}
