package dev.waybill.image.unpack;

import java.util.ArrayList;
import java.util.List;

/**
 * The path of an entry within its layer, in parts; none of them is empty, "." or "..". Immutable. Names are byte
 * strings, one char per byte.
 *
 * @param parts from the layer's root down; empty for the root itself
 */
record EntryPath(List<String> parts) {

    /** Longer paths could not be named again through a prefix (PATH_MAX is 4096). */
    private static final int MAX_BYTES = 3072;

    private static final int MAX_PARTS = 255;
    private static final int MAX_PART_BYTES = 255;

    EntryPath {
        parts = List.copyOf(parts);
    }

    /** Reads a name as tar has it; a leading slash means the layer's root, as in every other engine. */
    static EntryPath parse(String name) throws HostileLayerException {
        if (name.length() > MAX_BYTES) {
            throw new HostileLayerException(name, "the path is longer than " + MAX_BYTES + " bytes");
        }
        if (name.indexOf('\0') >= 0) {
            throw new HostileLayerException(name, "the path holds a zero byte");
        }
        List<String> parts = new ArrayList<>();
        for (String part : name.split("/", -1)) {
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            if (part.equals("..")) {
                throw new HostileLayerException(name, "\"..\" would leave the layer");
            }
            if (part.length() > MAX_PART_BYTES) {
                throw new HostileLayerException(name, "a part is longer than " + MAX_PART_BYTES + " bytes");
            }
            parts.add(part);
        }
        if (parts.size() > MAX_PARTS) {
            throw new HostileLayerException(name, "deeper than " + MAX_PARTS + " directories");
        }
        return new EntryPath(parts);
    }

    boolean isRoot() {
        return parts.isEmpty();
    }

    String name() {
        return parts.getLast();
    }

    List<String> parent() {
        return parts.subList(0, parts.size() - 1);
    }

    @Override
    public String toString() {
        return String.join("/", parts);
    }
}
