package dev.waybill.gateway.kinds.cel;

import dev.waybill.gateway.kinds.IpAddress;
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
        return prefix <= address.bits() ? new AddressRange(address, prefix) : null;
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
        return other.family() == address.family() && other.masked(prefix).equals(address.masked(prefix));
    }

    boolean contains(AddressRange other) {
        return other.prefix >= prefix && contains(other.address);
    }

    AddressRange masked() {
        return new AddressRange(address.masked(prefix), prefix);
    }

    String text() {
        return address.text() + "/" + prefix;
    }
}
