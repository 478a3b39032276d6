package dev.waybill.gateway.state;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Text that is seldom read, compressed: an Event takes a fifth of what it takes as it is, and there are more of them than
 * of everything else. Immutable.
 */
final class PackedText {
    /** What Events have in common; compressed text refers to it, so it never changes while a process lives. */
    private static final byte[] DICTIONARY = bytes("""
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"","namespace":"default","uid":"",\
            "creationTimestamp":"2026-01-01T00:00:00Z","managedFields":[{"manager":"events","operation":"Update",\
            "apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:action":{},\
            "f:count":{},"f:eventTime":{},"f:firstTimestamp":{},"f:involvedObject":{},"f:lastTimestamp":{},\
            "f:message":{},"f:note":{},"f:reason":{},"f:regarding":{},"f:reportingComponent":{},\
            "f:reportingInstance":{},"f:source":{"f:component":{},"f:host":{}},"f:type":{}}}],"resourceVersion":""},\
            "involvedObject":{"kind":"Pod","namespace":"default","name":"","uid":"","apiVersion":"v1",\
            "resourceVersion":"","fieldPath":"spec.containers{}"},"reason":"Scheduled","message":"Successfully assigned \
             to ","source":{"component":"kubelet","host":""},"firstTimestamp":"2026-01-01T00:00:00Z",\
            "lastTimestamp":"2026-01-01T00:00:00Z","count":1,"type":"Normal","eventTime":null,\
            "reportingComponent":"","reportingInstance":""}""");

    private static final Deflater DEFLATER = new Deflater(Deflater.BEST_SPEED, true);
    private static final Inflater INFLATER = new Inflater(true);

    private final byte[] packed;
    private final int bytes;
    private final int characters;

    private PackedText(byte[] packed, int bytes, int characters) {
        this.packed = packed;
        this.bytes = bytes;
        this.characters = characters;
    }

    static PackedText of(String text) {
        byte[] plain = bytes(text);
        ByteArrayOutputStream packed = new ByteArrayOutputStream(plain.length / 3 + 64);
        byte[] buffer = new byte[1_024];
        synchronized (DEFLATER) {
            DEFLATER.reset();
            DEFLATER.setDictionary(DICTIONARY);
            DEFLATER.setInput(plain);
            DEFLATER.finish();
            while (!DEFLATER.finished()) {
                packed.write(buffer, 0, DEFLATER.deflate(buffer));
            }
        }
        return new PackedText(packed.toByteArray(), plain.length, text.length());
    }

    /** Characters of the text. */
    int length() {
        return characters;
    }

    /** Bytes that it takes. */
    int packedLength() {
        return packed.length;
    }

    String text() {
        byte[] plain = new byte[bytes];
        synchronized (INFLATER) {
            INFLATER.reset();
            INFLATER.setDictionary(DICTIONARY);
            INFLATER.setInput(packed);
            try {
                for (int read = 0; read < bytes; ) {
                    int more = INFLATER.inflate(plain, read, bytes - read);
                    if (more == 0) {
                        throw new IllegalStateException("packed text of " + bytes + " bytes ends after " + read);
                    }
                    read += more;
                }
            } catch (DataFormatException e) {
                throw new IllegalStateException("packed text is damaged", e);
            }
        }
        return new String(plain, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
