package dev.waybill.image.chain;

import dev.waybill.image.store.StoredImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What of an image containers' roots are made of: its layers, or one tree of all. The node's driver of the same name
 * makes the roots (ADR 19). Thread-safe.
 */
public interface StorageDriver {

    /** How the node's driver is called: overlay, btrfs or vfs. */
    String name();

    /** The directories that a root is made of, lowest first, if all are there. */
    Optional<List<Path>> find(StoredImage image);

    /** The same, made where they are missing, which takes as long as reading the image. */
    List<Path> prepare(StoredImage image) throws IOException;
}
