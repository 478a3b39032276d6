package dev.waybill.gateway.kinds.cel;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** A range of addresses in CIDR's form; bits beyond the prefix may be set. Immutable. */
record AddressRange(IpAddress address, int prefix) {

    /** Null for what is none. */
    static @Nullable AddressRange tryParse(String text) {
        int slash = text.lastIndexOf('/');
        IpAddress address = slash < 0 ? null : IpAddress.tryParse(text.substring(0, slash));
        String bits = text.substring(slash + 1);
        if (address == null || !bits.matches("0|[1-9]\\d{0,2}")) {
            return null;
        }
        int prefix = Integer.parseInt(bits);
        return prefix <= bits(address) ? new AddressRange(address, prefix) : null;
    }

    static AddressRange parse(String text) {
        AddressRange range = tryParse(text);
        if (range == null) {
            throw new IllegalArgumentException(
                    "network address parse error during conversion from string: \"" + text + "\"");
        }
        return range;
    }

    boolean contains(IpAddress other) {
        return other.family() == address.family() && masked(other, prefix).equals(masked(address, prefix));
    }

    boolean contains(AddressRange other) {
        return other.prefix >= prefix && contains(other.address);
    }

    AddressRange masked() {
        return new AddressRange(masked(address, prefix), prefix);
    }

    String text() {
        return address.text() + "/" + prefix;
    }

    private static int bits(IpAddress address) {
        return address.address().getAddress().length * 8;
    }

    private static IpAddress masked(IpAddress address, int prefix) {
        byte[] bytes = address.address().getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(prefix - 8L * i, 0, 8);
            bytes[i] &= (byte) (0xff00 >> kept);
        }
        try {
            return new IpAddress(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // as many bytes as before
        }
    }
}
