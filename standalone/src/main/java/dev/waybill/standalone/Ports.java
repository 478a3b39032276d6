package dev.waybill.standalone;

/**
 * Where a machine's services listen, all on loopback.
 *
 * @param nodeBase port of the first node's log server; the others follow
 */
public record Ports(int gateway, int kafka, int kafkaController, int registry, int redis, int nodeBase) {
    /** The ports that the tools of each trade expect. */
    public static final Ports USUAL = new Ports(6443, 9092, 9093, 8081, 6379, 10250);

    /** A block of ports from a base on. */
    public static Ports from(int base) {
        return new Ports(base, base + 1, base + 2, base + 3, base + 4, base + 10);
    }
}
