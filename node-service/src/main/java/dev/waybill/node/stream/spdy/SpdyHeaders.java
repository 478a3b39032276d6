package dev.waybill.node.stream.spdy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The header blocks of one connection: each direction is one zlib stream over all its blocks. Reading belongs to one
 * thread, writing to whoever holds the connection's write lock.
 */
final class SpdyHeaders implements AutoCloseable {
    private static final int MOST_BYTES = 64 << 10;
    private static final byte[] DICTIONARY = SpdyDictionary.bytes();

    private final Inflater inflater = new Inflater();
    private final Deflater deflater = new Deflater();

    SpdyHeaders() {
        deflater.setDictionary(DICTIONARY);
    }

    /** The headers of a block, names in lower case. */
    Map<String, String> read(byte[] block, int offset) throws IOException {
        ByteBuffer plain = ByteBuffer.wrap(inflate(block, offset));
        Map<String, String> headers = new LinkedHashMap<>();
        try {
            for (int left = plain.getInt(); left > 0; left--) {
                String name = text(plain).toLowerCase(Locale.ROOT);
                headers.put(name, text(plain));
            }
        } catch (RuntimeException e) {
            throw new IOException("a SPDY header block is cut short", e);
        }
        return headers;
    }

    private static String text(ByteBuffer from) {
        int length = from.getInt();
        if (length < 0 || length > from.remaining()) {
            throw new IllegalArgumentException("length " + length);
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private byte[] inflate(byte[] block, int offset) throws IOException {
        inflater.setInput(block, offset, block.length - offset);
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        try {
            while (true) {
                int count = inflater.inflate(buffer);
                if (count == 0 && inflater.needsDictionary()) {
                    inflater.setDictionary(DICTIONARY);
                } else if (count == 0) {
                    return plain.toByteArray();
                }
                plain.write(buffer, 0, count);
                if (plain.size() > MOST_BYTES) {
                    throw new IOException("a SPDY header block is larger than " + MOST_BYTES + " bytes");
                }
            }
        } catch (DataFormatException | IllegalArgumentException e) {
            throw new IOException("a SPDY header block cannot be read", e);
        }
    }

    /** A block without headers, as an accepted stream is answered with. */
    byte[] none() {
        deflater.setInput(new byte[Integer.BYTES]);
        byte[] buffer = new byte[256];
        int length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
        return java.util.Arrays.copyOf(buffer, length);
    }

    @Override
    public void close() {
        inflater.end();
        deflater.end();
    }
}
