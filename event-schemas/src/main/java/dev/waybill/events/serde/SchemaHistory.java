package dev.waybill.events.serde;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Every released version of every event's schema, frozen in {@code schema-history/<Record>/N.avsc}. With the
 * fingerprint header it makes the log readable without a registry. Immutable.
 */
public final class SchemaHistory {
    private static final Map<String, Schema> BY_FINGERPRINT = new HashMap<>();

    static {
        for (Schema current : EventSchemas.all().values()) {
            for (Schema frozen : versions(current.getName())) {
                BY_FINGERPRINT.put(EventSchemas.fingerprint(frozen), frozen);
            }
            BY_FINGERPRINT.put(EventSchemas.fingerprint(current), current);
        }
    }

    private SchemaHistory() {}

    /** The frozen versions of an event, oldest first. */
    public static List<Schema> versions(String recordName) {
        List<Schema> versions = new ArrayList<>();
        while (true) {
            String path = "/schema-history/" + recordName + "/" + (versions.size() + 1) + ".avsc";
            try (InputStream in = SchemaHistory.class.getResourceAsStream(path)) {
                if (in == null) {
                    return versions;
                }
                versions.add(new Schema.Parser().parse(in));
            } catch (IOException e) {
                throw new UncheckedIOException("unreadable frozen schema " + path, e);
            }
        }
    }

    /** The schema with this CRC-64-AVRO fingerprint, or null when it was never frozen. */
    static @Nullable Schema byFingerprint(String fingerprint) {
        return BY_FINGERPRINT.get(fingerprint);
    }
}
