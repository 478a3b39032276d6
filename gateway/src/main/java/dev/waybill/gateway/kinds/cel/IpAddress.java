package dev.waybill.gateway.kinds.cel;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An IP address as it is written in a rule or an object. Immutable. */
record IpAddress(InetAddress address) {
    private static final Pattern V4 = Pattern.compile("(?:(?:0|[1-9]\\d{0,2})(?:\\.|$)){4}(?<!\\.)");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** Null for what is none, an address with a zone, or one of IPv4 in the clothes of IPv6. */
    static @Nullable IpAddress tryParse(String text) {
        try {
            if (V4.matcher(text).matches()) {
                return new IpAddress(Inet4Address.ofLiteral(text));
            }
            InetAddress address = V6.matcher(text).matches() ? Inet6Address.ofLiteral(text) : null;
            return address instanceof Inet6Address ? new IpAddress(address) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static IpAddress parse(String text) {
        IpAddress address = tryParse(text);
        if (address == null) {
            throw new IllegalArgumentException("IP Address \"" + text + "\" parse error during conversion from string");
        }
        return address;
    }

    long family() {
        return address instanceof Inet4Address ? 4 : 6;
    }

    boolean isGlobalUnicast() {
        return !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isMulticastAddress()
                && !address.isLinkLocalAddress()
                && !text().equals("255.255.255.255");
    }

    boolean isLinkLocalMulticast() {
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address
                ? bytes[0] == (byte) 224 && bytes[1] == 0 && bytes[2] == 0
                : bytes[0] == (byte) 0xff && (bytes[1] & 0x0f) == 2;
    }

    /** The one text for it (RFC 5952). */
    String text() {
        if (address instanceof Inet4Address) {
            return address.getHostAddress();
        }
        int[] groups = groups();
        int from = 0;
        int length = 0;
        for (int i = 0; i < groups.length; i++) {
            int zeros = 0;
            while (i + zeros < groups.length && groups[i + zeros] == 0) {
                zeros++;
            }
            if (zeros > length && zeros > 1) {
                from = i;
                length = zeros;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < groups.length; i++) {
            if (length > 0 && i == from) {
                text.append("::");
                i += length - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    private int[] groups() {
        byte[] bytes = address.getAddress();
        int[] groups = new int[bytes.length / 2];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
        }
        return groups;
    }
}
