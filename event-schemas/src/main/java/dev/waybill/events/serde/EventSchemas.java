package dev.waybill.events.serde;

import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.jspecify.annotations.Nullable;

/** The events that this build knows: schema and class by full name. Immutable after class loading. */
public final class EventSchemas {
    /** Header with the CRC-64-AVRO fingerprint of the writer's schema, as 16 hex digits. */
    public static final String FINGERPRINT_HEADER = "waybill_schema";

    private static final Map<String, Schema> BY_NAME = new LinkedHashMap<>();
    private static final Map<String, String> FINGERPRINT_BY_NAME = new LinkedHashMap<>();

    static {
        // Avro 1.12.2 refuses to load record classes that nobody vouched for.
        ClassSecurityValidator.setGlobal(ClassSecurityValidator.composite(
                ClassSecurityValidator.DEFAULT, type -> type.getName().startsWith("dev.waybill.events.")));
        for (Topic topic : Topics.all()) {
            for (Class<? extends SpecificRecord> type : topic.records()) {
                Schema schema = SpecificData.get().getSchema(type);
                BY_NAME.put(schema.getFullName(), schema);
                FINGERPRINT_BY_NAME.put(schema.getFullName(), fingerprint(schema));
            }
        }
    }

    private EventSchemas() {}

    /** Makes Avro accept this platform's record classes; called before the first one is read or written. */
    static void trust() {
        // Loading this class did it.
    }

    /** Every event's schema by its full name. */
    public static Map<String, Schema> all() {
        return java.util.Collections.unmodifiableMap(BY_NAME);
    }

    /** This build's schema of the named record, or null when it knows no such event. */
    public static @Nullable Schema byName(String fullName) {
        return BY_NAME.get(fullName);
    }

    /** The CRC-64-AVRO fingerprint of this build's schema of an event, as 16 hex digits. */
    public static String fingerprintOf(SpecificRecord event) {
        String known = FINGERPRINT_BY_NAME.get(event.getSchema().getFullName());
        return known != null ? known : fingerprint(event.getSchema());
    }

    /** The CRC-64-AVRO fingerprint of a schema, as 16 hex digits. */
    public static String fingerprint(Schema schema) {
        return String.format("%016x", SchemaNormalization.parsingFingerprint64(schema));
    }
}
