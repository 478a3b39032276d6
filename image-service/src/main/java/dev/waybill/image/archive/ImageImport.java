package dev.waybill.image.archive;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.reference.InvalidReferenceException;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.ImageConfig;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.UnsupportedImageException;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.unpack.LayerUnpacker;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** Brings images out of archives into the store, every digest checked, beside whoever else uses it. One thread. */
public final class ImageImport {

    private static final int BUFFER_BYTES = 128 << 10;

    private final ImageStore images;
    private final LayerUnpacker unpacker;
    private final Platform platform;
    private final Clock clock;

    public ImageImport(ImageStore images, LayerUnpacker unpacker, Platform platform, Clock clock) {
        this.images = images;
        this.unpacker = unpacker;
        this.platform = platform;
        this.clock = clock;
    }

    /**
     * Imports every image of an archive.
     *
     * @param path an OCI layout's directory, or a tar file of one or of docker, compressed by gzip or not
     * @param name what to call the one image of an archive, whatever the archive says
     */
    public List<StoredImage> run(Path path, Optional<String> name) throws IOException {
        Path spool = images.layers().newTemporary();
        try (ArchiveFiles files = ArchiveFiles.open(uncompressed(path, spool))) {
            List<ArchivedImage> found = ArchiveReader.images(files, platform);
            if (name.isPresent() && found.size() != 1) {
                throw new UnsupportedImageException(
                        "--name: the archive has " + found.size() + " images, so it can't name one");
            }
            List<StoredImage> imported = new ArrayList<>();
            for (ArchivedImage image : found) {
                imported.add(one(files, image, references(image, name)));
            }
            return imported;
        } finally {
            images.layers().discard(spool);
        }
    }

    private static Path uncompressed(Path path, Path spool) throws IOException {
        if (Files.isDirectory(path)) {
            return path;
        }
        try (BufferedInputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES)) {
            in.mark(2);
            boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            if (!gzip) {
                return path;
            }
            Path whole = spool.resolve("archive.tar");
            try (InputStream unzipped = new GZIPInputStream(in, BUFFER_BYTES)) {
                Files.copy(unzipped, whole);
            }
            return whole;
        }
    }

    private static List<ImageReference> references(ArchivedImage image, Optional<String> name) throws IOException {
        List<String> texts = name.map(List::of).orElse(image.names());
        List<ImageReference> references = new ArrayList<>();
        for (String text : texts) {
            // an OCI layout often has a bare tag here, which would read as docker.io/library/<tag>
            if (name.isEmpty() && !text.contains("/") && !text.contains(":")) {
                continue;
            }
            try {
                references.add(ImageReference.parse(text));
            } catch (InvalidReferenceException e) {
                throw new UnsupportedImageException("the name of the image: " + e.getMessage());
            }
        }
        if (references.isEmpty()) {
            throw new UnsupportedImageException("the archive does not say what its image " + image.names()
                    + " is called: give it a reference with --name");
        }
        return references;
    }

    private StoredImage one(ArchiveFiles files, ArchivedImage image, List<ImageReference> references)
            throws IOException {
        byte[] configBytes = files.small(image.configFile());
        Digest id = Digest.of(configBytes);
        if (image.configFile().startsWith("blobs/sha256/")
                && !image.configFile().endsWith(id.hex())) {
            throw new UnsupportedImageException("the configuration of " + references.getFirst() + " is damaged");
        }
        ImageConfig config = ImageConfig.read(configBytes, image.layerFiles().size(), platform);
        try (LayerStore.Lease _ = images.layers().lease(config.diffIds())) {
            for (int i = 0; i < image.layerFiles().size(); i++) {
                layer(files, image.layerFiles().get(i), config.diffIds().get(i));
            }
            StoredImage stored = null;
            for (ImageReference reference : references) {
                String repoDigest =
                        image.manifestDigest() == null ? "" : reference.name() + "@" + image.manifestDigest();
                stored = images.put(
                        reference.toString(), repoDigest, id, config.diffIds(), config.json(), clock.millis());
            }
            return java.util.Objects.requireNonNull(stored, "there is a reference");
        }
    }

    private void layer(ArchiveFiles files, String name, Digest diffId) throws IOException {
        LayerStore layers = images.layers();
        if (layers.find(diffId).isPresent()) {
            return;
        }
        Descriptor descriptor = new Descriptor("", digestOf(files, name), files.size(name));
        Path directory = layers.newTemporary();
        boolean committed = false;
        try (InputStream blob = files.stream(name)) {
            LayerUnpacker.Result result = unpacker.unpack(blob, descriptor, diffId, directory, _ -> {});
            layers.commit(directory, diffId, result.contentBytes(), result.entries());
            committed = true;
        } finally {
            if (!committed) {
                layers.discard(directory);
            }
        }
    }

    /** What its name in an OCI layout says; a docker archive says nothing of its blobs. */
    private static Digest digestOf(ArchiveFiles files, String name) throws IOException {
        if (name.startsWith("blobs/sha256/")) {
            return Digest.parse("name of a blob", "sha256:" + name.substring("blobs/sha256/".length()));
        }
        MessageDigest digest = Digest.sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = files.stream(name)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return Digest.finished(digest);
    }
}
