package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.IpAddress;

/**
 * The addresses and ports that Services are given. Immutable.
 *
 * @param cidr the range as it is written, such as 10.96.0.0/12
 * @param base the first address as a number
 * @param size how many addresses, the first and the last included
 * @param api where the API is, which the first address stands for
 */
public record ServiceNetwork(String cidr, long base, long size, int firstNodePort, int lastNodePort, Endpoint api) {
    /** An address of the machine and a port. */
    public record Endpoint(String address, int port) {}

    /** As kubeadm chooses them. */
    public static final ServiceNetwork STANDARD = of("10.96.0.0/12", "30000-32767");

    /** Addresses below this offset are given to who asks for them, and to others when all else is taken. */
    private static final int MOST_RESERVED = 256;

    /**
     * Reads a range of addresses and one of ports.
     *
     * @throws IllegalArgumentException when either is none
     */
    public static ServiceNetwork of(String cidr, String nodePorts) {
        String[] parts = cidr.split("/", -1);
        String[] ports = nodePorts.split("-", -1);
        if (parts.length != 2
                || ports.length != 2
                || !parts[1].matches("\\d{1,2}")
                || !nodePorts.matches("\\d{1,5}-\\d{1,5}")) {
            throw new IllegalArgumentException("not a range of addresses and one of ports: " + cidr + ", " + nodePorts);
        }
        int prefix = Integer.parseInt(parts[1]);
        long address = number(parts[0]);
        if (address < 0 || prefix < 8 || prefix > 30) {
            throw new IllegalArgumentException("not an IPv4 range of /8 to /30: " + cidr);
        }
        int first = Integer.parseInt(ports[0]);
        int last = Integer.parseInt(ports[1]);
        if (first < 1 || last > 65_535 || first > last) {
            throw new IllegalArgumentException("not a range of ports: " + nodePorts);
        }
        long size = 1L << (32 - prefix);
        return new ServiceNetwork(cidr, address / size * size, size, first, last, new Endpoint("127.0.0.1", 6443));
    }

    /** The same for an API that is elsewhere. */
    public ServiceNetwork withApi(Endpoint endpoint) {
        return new ServiceNetwork(cidr, base, size, firstNodePort, lastNodePort, endpoint);
    }

    /** Whether a Service may have the address: neither the first of the range nor the last. */
    boolean contains(String address) {
        long offset = number(address) - base;
        return number(address) >= 0 && offset > 0 && offset < size - 1;
    }

    boolean containsPort(long port) {
        return port >= firstNodePort && port <= lastNodePort;
    }

    /** How many addresses of the lower end are kept for who asks for them (KEP-3070). */
    long reserved() {
        return Math.min(Math.max(16, size / 16), MOST_RESERVED);
    }

    String address(long offset) {
        return IpAddress.v4(base + offset).text();
    }

    /** An IPv4 address as a number; negative when the text is none. */
    private static long number(String address) {
        IpAddress parsed = IpAddress.tryParse(address);
        return parsed == null || parsed.bits() != 32 ? -1 : parsed.low();
    }
}
