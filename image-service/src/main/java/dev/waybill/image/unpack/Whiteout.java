package dev.waybill.image.unpack;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import java.nio.charset.StandardCharsets;

/** What a file name of an OCI layer says about lower layers (OCI image spec, layer.md, whiteouts). */
sealed interface Whiteout {

    /** overlayfs' mark of a directory that hides the lower ones. */
    String OPAQUE_XATTR = "trusted.overlay.opaque";

    String PREFIX = ".wh.";

    static byte[] opaqueValue() {
        return "y".getBytes(StandardCharsets.US_ASCII);
    }

    /** Makes a directory hide those of lower layers. */
    static void markOpaque(int dir, String name) throws KernelException {
        Linux.lsetxattr(dir, name, OPAQUE_XATTR, opaqueValue());
    }

    /** An ordinary file. */
    record None() implements Whiteout {}

    /** The directory hides everything below it. */
    record Opaque() implements Whiteout {}

    /** The named sibling is removed. */
    record Removed(String name) implements Whiteout {}

    /** Bookkeeping of aufs, which is no part of the image. */
    record Ignored() implements Whiteout {}

    static Whiteout of(String name) throws HostileLayerException {
        if (!name.startsWith(PREFIX)) {
            return new None();
        }
        if (name.equals(".wh..wh..opq")) {
            return new Opaque();
        }
        String target = name.substring(PREFIX.length());
        if (target.startsWith(PREFIX)) {
            return new Ignored();
        }
        if (target.isEmpty() || target.equals(".") || target.equals("..")) {
            throw new HostileLayerException(name, "a whiteout of nothing");
        }
        return new Removed(target);
    }
}
