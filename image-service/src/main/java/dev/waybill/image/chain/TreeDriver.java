package dev.waybill.image.chain;

import dev.waybill.image.kernel.FileSystems;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.store.Chains;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one tree of each chain of layers, once: {@code chains/<driver>-<chainId>/fs}. Files share their blocks with the
 * layers where the file system can. As btrfs subvolumes, a chain begins as a snapshot of the one that is a layer
 * shorter, which other images may have, too. Thread-safe; one tree at a time.
 */
public final class TreeDriver implements StorageDriver {

    private static final Logger log = LoggerFactory.getLogger(TreeDriver.class);

    private final ImageStore images;
    private final LayerStore layers;
    private final boolean subvolumes;

    private TreeDriver(ImageStore images, boolean subvolumes) {
        this.images = images;
        this.layers = images.layers();
        this.subvolumes = subvolumes;
    }

    /** Subvolumes and snapshots of btrfs. */
    public static TreeDriver btrfs(ImageStore images) {
        return new TreeDriver(images, true);
    }

    /** Directories of any file system. */
    public static TreeDriver vfs(ImageStore images) {
        return new TreeDriver(images, false);
    }

    @Override
    public String name() {
        return subvolumes ? "btrfs" : "vfs";
    }

    @Override
    public Optional<List<Path>> find(StoredImage image) {
        Path tree = treeOf(image.layers());
        return Files.isDirectory(tree) ? Optional.of(List.of(tree)) : Optional.empty();
    }

    private Path treeOf(List<Digest> chain) {
        return layers.chains().pathOf(name(), Chains.idOf(chain));
    }

    @Override
    public synchronized List<Path> prepare(StoredImage image) throws IOException {
        List<Digest> chain = image.layers();
        try (LayerStore.Lease _ = layers.lease(chain)) {
            if (!images.isWhole(image)) {
                throw new IOException("image " + image.id() + " lost a layer; it will be pulled again");
            }
            int have = longestThere(chain);
            int step = subvolumes ? 1 : Math.max(1, chain.size());
            if (chain.isEmpty() && !Files.isDirectory(treeOf(chain))) {
                build(chain, 0, 0);
            }
            for (int next = Math.min(have + step, chain.size()); have < chain.size(); next = have + step) {
                build(chain, have, next);
                have = next;
            }
        }
        return List.of(treeOf(chain));
    }

    /** Length of the longest beginning that can be built on; vfs has only whole chains. */
    private int longestThere(List<Digest> chain) {
        for (int length = chain.size(); length > 0; length--) {
            boolean usable = subvolumes || length == chain.size();
            if (usable && Files.isDirectory(treeOf(chain.subList(0, length)))) {
                return length;
            }
        }
        return 0;
    }

    /** Makes the chain of {@code to} layers of that of {@code from}, which is there unless it is none. */
    private void build(List<Digest> chain, int from, int to) throws IOException {
        long begun = System.nanoTime();
        Path home = layers.newTemporary();
        int fd = Linux.open(home.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            begin(fd, chain.subList(0, from));
            int root = Linux.openat(fd, "fs", Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
            try {
                // what an overlay shows, whose root is its upper directory
                OpenFiles.chmod(root, 0755, "fs");
                for (Digest layer : chain.subList(from, to)) {
                    LayerMerge.apply(layers.pathOf(layer), root);
                }
                OpenFiles.syncfs(root);
            } finally {
                OpenFiles.close(root);
            }
            layers.chains().commit(home, name(), Chains.idOf(chain.subList(0, to)));
        } catch (IOException | RuntimeException | Error e) {
            layers.discard(home);
            throw e;
        } finally {
            OpenFiles.close(fd);
        }
        log.debug("tree of {} layers in {} ms", to, (System.nanoTime() - begun) / 1_000_000);
    }

    private void begin(int home, List<Digest> parent) throws IOException {
        if (!subvolumes) {
            Linux.mkdirat(home, "fs", 0755);
        } else if (parent.isEmpty()) {
            FileSystems.createSubvolume(home, "fs");
        } else {
            int source = Linux.open(treeOf(parent).toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
            try {
                FileSystems.snapshot(home, "fs", source);
            } finally {
                OpenFiles.close(source);
            }
        }
    }
}
