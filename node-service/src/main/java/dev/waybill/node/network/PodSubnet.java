package dev.waybill.node.network;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The IPv4 addresses of a node's pods, {@code 10.85.0.0/24}; the first is the bridge's. Immutable. */
public record PodSubnet(int network, int mask) {

    /** @throws IllegalArgumentException when the text is no subnet */
    public static PodSubnet parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("waybill.node.pod-subnet: not ADDRESS/BITS: " + text);
        }
        int bits = Integer.parseInt(text.substring(slash + 1));
        int mask = bits == 0 ? 0 : -1 << (32 - bits);
        return new PodSubnet(number(InetAddress.ofLiteral(text.substring(0, slash))) & mask, mask);
    }

    /** The bridge's own address: CNI's host-local takes the first for the gateway. */
    public String bridge() {
        int address = network + 1;
        return (address >>> 24) + "." + ((address >>> 16) & 0xff) + "." + ((address >>> 8) & 0xff) + "."
                + (address & 0xff);
    }

    /** Whether it is a pod's. */
    boolean isPods(InetAddress address) {
        return address instanceof Inet4Address && (number(address) & mask) == network && number(address) != network + 1;
    }

    private static int number(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != 4) {
            throw new IllegalArgumentException("not an IPv4 address: " + address);
        }
        return (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    }
}
