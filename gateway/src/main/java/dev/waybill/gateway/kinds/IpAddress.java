package dev.waybill.gateway.kinds;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An IP address as it is written in an object or a rule. Immutable.
 *
 * @param bits 32 or 128
 * @param high the first 64 bits of one of IPv6
 * @param low the rest, or the whole of one of IPv4
 */
public record IpAddress(int bits, long high, long low) {
    private static final Pattern V4 = Pattern.compile("(?:(?:0|[1-9]\\d{0,2})(?:\\.|$)){4}(?<!\\.)");
    private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");
    private static final int GROUPS = 8;
    private static final long MAPPED = 0xffff;

    /** One of IPv4, by its number. */
    public static IpAddress v4(long number) {
        return new IpAddress(32, 0, number);
    }

    /** Null for what is none, an address with a zone, or one of IPv4 in the clothes of IPv6. */
    public static @Nullable IpAddress tryParse(String text) {
        if (!text.contains(":")) {
            long address = number(text);
            return address < 0 ? null : v4(address);
        }
        int[] groups = groups(text);
        if (groups == null) {
            return null;
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < GROUPS / 2; i++) {
            high = high << 16 | groups[i];
            low = low << 16 | groups[GROUPS / 2 + i];
        }
        return high == 0 && low >>> 32 == MAPPED ? null : new IpAddress(128, high, low);
    }

    public static IpAddress parse(String text) {
        IpAddress address = tryParse(text);
        if (address == null) {
            throw new IllegalArgumentException("IP Address \"" + text + "\" parse error during conversion from string");
        }
        return address;
    }

    /** The number of an address of IPv4; negative for what is none. */
    private static long number(String text) {
        if (!V4.matcher(text).matches()) {
            return -1;
        }
        long address = 0;
        for (String part : text.split("\\.", -1)) {
            int octet = Integer.parseInt(part);
            if (octet > 255) {
                return -1;
            }
            address = address << 8 | octet;
        }
        return address;
    }

    /** The eight groups of an address of IPv6; null for what is none. */
    private static int @Nullable [] groups(String text) {
        String[] halves = text.split("::", -1);
        boolean gap = halves.length == 2;
        List<Integer> first = parts(halves[0], !gap);
        List<Integer> last = gap ? parts(halves[1], true) : List.of();
        if (halves.length > 2 || first == null || last == null) {
            return null;
        }
        int zeros = GROUPS - first.size() - last.size();
        if (gap ? zeros < 1 : zeros != 0) {
            return null;
        }
        int[] groups = new int[GROUPS];
        for (int i = 0; i < first.size(); i++) {
            groups[i] = first.get(i);
        }
        for (int i = 0; i < last.size(); i++) {
            groups[GROUPS - last.size() + i] = last.get(i);
        }
        return groups;
    }

    /** Groups between colons, at the end of an address the last two as one of IPv4; null for what is none. */
    private static @Nullable List<Integer> parts(String text, boolean atEnd) {
        List<Integer> groups = new ArrayList<>();
        String[] parts = text.isEmpty() ? new String[0] : text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            long embedded = atEnd && i == parts.length - 1 ? number(parts[i]) : -1;
            if (embedded >= 0) {
                groups.add((int) (embedded >> 16));
                groups.add((int) (embedded & 0xffff));
            } else if (GROUP.matcher(parts[i]).matches()) {
                groups.add(Integer.parseInt(parts[i], 16));
            } else {
                return null;
            }
        }
        return groups;
    }

    public long family() {
        return bits == 32 ? 4 : 6;
    }

    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    public boolean isLoopback() {
        return bits == 32 ? low >> 24 == 127 : high == 0 && low == 1;
    }

    public boolean isLinkLocalUnicast() {
        return bits == 32 ? low >> 16 == 0xa9fe : high >>> 54 == 0xfe80 >> 6;
    }

    public boolean isLinkLocalMulticast() {
        return bits == 32 ? low >> 8 == 0xe00000 : high >>> 56 == 0xff && (high >>> 48 & 0x0f) == 2;
    }

    public boolean isGlobalUnicast() {
        boolean multicast = bits == 32 ? low >> 28 == 0xe : high >>> 56 == 0xff;
        boolean broadcast = bits == 32 && low == 0xffff_ffffL;
        return !isUnspecified() && !isLoopback() && !isLinkLocalUnicast() && !multicast && !broadcast;
    }

    /** The address with all bits beyond a prefix cleared. */
    public IpAddress masked(int prefix) {
        if (bits == 32) {
            return v4(low & ones(prefix, 32));
        }
        return new IpAddress(bits, high & ones(Math.min(prefix, 64), 64), low & ones(Math.max(0, prefix - 64), 64));
    }

    private static long ones(int count, int of) {
        return count == 0 ? 0 : -1L << (of - count);
    }

    /** The one text for it (RFC 5952). */
    public String text() {
        if (bits == 32) {
            return (low >> 24) + "." + (low >> 16 & 255) + "." + (low >> 8 & 255) + "." + (low & 255);
        }
        int from = 0;
        int length = 0;
        for (int i = 0; i < GROUPS; i++) {
            int zeros = 0;
            while (i + zeros < GROUPS && group(i + zeros) == 0) {
                zeros++;
            }
            if (zeros > length && zeros > 1) {
                from = i;
                length = zeros;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (length > 0 && i == from) {
                text.append("::");
                i += length - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(group(i)));
            }
        }
        return text.toString();
    }

    private int group(int index) {
        long half = index < GROUPS / 2 ? high : low;
        return (int) ((half >>> (16 * (3 - index % 4))) & 0xffff);
    }
}
