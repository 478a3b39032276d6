package dev.waybill.node.resources;

/**
 * A device of this machine. Immutable.
 *
 * @param type {@code b} or {@code c}
 * @param scheduler the I/O scheduler of a disk, empty for others
 * @param partition whether it is a part of a disk
 */
public record HostDevice(
        String path,
        char type,
        long major,
        long minor,
        int mode,
        long uid,
        long gid,
        String scheduler,
        boolean partition) {
    public String number() {
        return major + ":" + minor;
    }
}
