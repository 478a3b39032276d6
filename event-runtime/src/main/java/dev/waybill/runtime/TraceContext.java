package dev.waybill.runtime;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A W3C trace context (Trace Context, section 3.2) that travels in the {@code traceparent} header from a request to the
 * last status. Immutable.
 */
public record TraceContext(String traceparent) {
    /** No trace. */
    public static final TraceContext NONE = new TraceContext("");

    /** Version 00: where a hyphen stands; everywhere else stands a hexadecimal digit. */
    private static final String SYNTAX = "00-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";

    private static final HexFormat HEX = HexFormat.of();

    /** A new trace with its first span. */
    public static TraceContext newRoot() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new TraceContext(
                "00-" + hex(random.nextLong() | 1) + hex(random.nextLong()) + "-" + hex(random.nextLong() | 1) + "-01");
    }

    /** The context in a header; {@link #NONE} when there is none or it is malformed. */
    public static TraceContext parse(@Nullable String header) {
        return header != null && isWellFormed(header) ? new TraceContext(header) : NONE;
    }

    private static boolean isWellFormed(String header) {
        if (header.length() != SYNTAX.length()) {
            return false;
        }
        for (int i = 0; i < header.length(); i++) {
            char c = header.charAt(i);
            char expected = SYNTAX.charAt(i);
            boolean digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            if (expected == 'x' ? !digit : c != expected) {
                return false;
            }
        }
        return true;
    }

    /** The same trace with a span of its own; {@link #NONE} stays none. */
    public TraceContext child() {
        if (isNone()) {
            return this;
        }
        return new TraceContext(traceparent.substring(0, 36)
                + hex(ThreadLocalRandom.current().nextLong() | 1)
                + traceparent.substring(52));
    }

    /** This context, or a new trace where there is none. */
    public TraceContext orNew() {
        return isNone() ? newRoot() : this;
    }

    /** The trace id, 32 hex digits; empty without a trace. */
    public String traceId() {
        return isNone() ? "" : traceparent.substring(3, 35);
    }

    public boolean isNone() {
        return traceparent.isEmpty();
    }

    private static String hex(long bits) {
        return HEX.toHexDigits(bits);
    }
}
