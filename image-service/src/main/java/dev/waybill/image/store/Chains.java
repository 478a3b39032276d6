package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whole trees of chains of layers: {@code chains/<driver>-<chainId>/fs}. A tree is synced before it gets its name, so it
 * is there whole or not at all. Thread-safe.
 */
public final class Chains {

    private static final Digest NOTHING = Digest.of(new byte[0]);

    private final LayerStore layers;
    private final Path directory;

    Chains(LayerStore layers) throws IOException {
        this.layers = layers;
        this.directory = Files.createDirectories(layers.directory().resolve("chains"), LayerStore.PRIVATE);
    }

    /** ChainID of the OCI image spec, config.md; layers lowest first. */
    public static Digest idOf(List<Digest> chain) {
        Digest id = chain.isEmpty() ? NOTHING : chain.getFirst();
        for (Digest layer : chain.subList(Math.min(1, chain.size()), chain.size())) {
            id = Digest.of((id + " " + layer).getBytes(StandardCharsets.US_ASCII));
        }
        return id;
    }

    /** The tree of a chain, whether it is there or not. */
    public Path pathOf(String driver, Digest chainId) {
        return directory.resolve(driver + "-" + chainId.hex()).resolve("fs");
    }

    /** Gives a finished and synced directory its name, unless somebody was faster. */
    public void commit(Path finished, String driver, Digest chainId) throws IOException {
        Path home = directory.resolve(driver + "-" + chainId.hex());
        try (StoreLock _ = layers.lock()) {
            if (!Files.exists(home)) {
                Files.move(finished, home, StandardCopyOption.ATOMIC_MOVE);
                return;
            }
        }
        layers.discard(finished);
    }

    /** Takes away the chains that none of these images has; the caller holds the store's lock. */
    List<Path> takeOut(Collection<StoredImage> staying) throws IOException {
        Set<String> wanted = new HashSet<>();
        for (StoredImage image : staying) {
            for (int length = 0; length <= image.layers().size(); length++) {
                wanted.add(idOf(image.layers().subList(0, length)).hex());
            }
        }
        List<Path> taken = new ArrayList<>();
        try (var homes = Files.list(directory)) {
            for (Path home : homes.toList()) {
                String name = home.getFileName().toString();
                if (!wanted.contains(name.substring(name.indexOf('-') + 1))) {
                    taken.add(layers.takeAway(home));
                }
            }
        } catch (NoSuchFileException e) {
            throw new IOException("chains of " + directory + " went meanwhile", e);
        }
        return taken;
    }
}
