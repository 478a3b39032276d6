package dev.waybill.image.archive;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.ManifestReader;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.unpack.LayerArchive;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes images of the store into archives. Layers go out uncompressed and byte for byte as they came, so the image
 * keeps its id; its manifest is a new one. One thread.
 */
public final class ImageExport {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

    private final LayerStore layers;

    public ImageExport(ImageStore images) {
        this.layers = images.layers();
    }

    /** What is written. */
    public enum Format {
        /** OCI image layout in a directory. */
        OCI_DIRECTORY,
        /** OCI image layout in a tar file. */
        OCI,
        /** What docker save writes. */
        DOCKER
    }

    /** Writes images, each under its references; layers that they share go out once. */
    public void run(Map<String, StoredImage> named, Format format, Path target) throws IOException {
        if (format == Format.OCI_DIRECTORY) {
            layout(named, new ArchiveWriter.ToDirectory(Files.createDirectories(target)));
            return;
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 128 << 10);
                    ArchiveWriter writer = new ArchiveWriter.ToTar(out)) {
                if (format == Format.OCI) {
                    layout(named, writer);
                } else {
                    docker(named, writer);
                }
            }
            Files.move(part, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void layout(Map<String, StoredImage> named, ArchiveWriter writer) throws IOException {
        Set<String> written = new HashSet<>();
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        index.put("mediaType", ManifestReader.OCI_INDEX);
        ArrayNode manifests = index.putArray("manifests");
        writer.file("oci-layout", text("{\"imageLayoutVersion\":\"1.0.0\"}"));
        for (Map.Entry<String, StoredImage> image : new TreeMap<>(named).entrySet()) {
            byte[] manifest = manifest(image.getValue(), writer, written);
            ObjectNode entry = descriptor(
                    manifests.addObject(), ManifestReader.OCI_MANIFEST, Digest.of(manifest), manifest.length);
            blob(writer, written, manifest);
            entry.putObject("annotations")
                    .put("io.containerd.image.name", image.getKey())
                    .put("org.opencontainers.image.ref.name", tag(image.getKey()));
        }
        writer.file("index.json", JSON.writeValueAsBytes(index));
    }

    private byte[] manifest(StoredImage image, ArchiveWriter writer, Set<String> written) throws IOException {
        ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2);
        manifest.put("mediaType", ManifestReader.OCI_MANIFEST);
        byte[] config = text(image.config());
        descriptor(manifest.putObject("config"), CONFIG, image.id(), config.length);
        blob(writer, written, config);
        ArrayNode list = manifest.putArray("layers");
        for (Digest layer : image.layers()) {
            long length = layer(writer, written, "blobs/sha256/" + layer.hex(), layer);
            descriptor(list.addObject(), LAYER, layer, length);
        }
        return JSON.writeValueAsBytes(manifest);
    }

    private static void blob(ArchiveWriter writer, Set<String> written, byte[] bytes) throws IOException {
        String name = "blobs/sha256/" + Digest.of(bytes).hex();
        if (written.add(name)) {
            writer.file(name, bytes);
        }
    }

    private long layer(ArchiveWriter writer, Set<String> written, String name, Digest layer) throws IOException {
        Path home = layers.homeOf(layer);
        long length = LayerArchive.length(home);
        if (written.add(name)) {
            writer.file(name, length, out -> LayerArchive.write(home, layer, out));
        }
        return length;
    }

    private void docker(Map<String, StoredImage> named, ArchiveWriter writer) throws IOException {
        Set<String> written = new HashSet<>();
        SortedMap<String, ObjectNode> byId = new TreeMap<>();
        for (Map.Entry<String, StoredImage> entry : new TreeMap<>(named).entrySet()) {
            StoredImage image = entry.getValue();
            ObjectNode about = byId.get(image.id().hex());
            if (about == null) {
                about = JSON.createObjectNode().put("Config", image.id().hex() + ".json");
                about.putArray("RepoTags");
                writer.file(image.id().hex() + ".json", text(image.config()));
                ArrayNode list = about.putArray("Layers");
                for (Digest layer : image.layers()) {
                    String name = layer.hex() + "/layer.tar";
                    layer(writer, written, name, layer);
                    list.add(name);
                }
                byId.put(image.id().hex(), about);
            }
            if (!entry.getKey().contains("@")) {
                about.withArray("RepoTags").add(entry.getKey());
            }
        }
        writer.file("manifest.json", JSON.writeValueAsBytes(List.copyOf(byId.values())));
    }

    private static ObjectNode descriptor(ObjectNode node, String type, Digest digest, long size) {
        return node.put("mediaType", type).put("digest", digest.toString()).put("size", size);
    }

    private static String tag(String reference) {
        int at = reference.indexOf('@');
        String name = at < 0 ? reference : reference.substring(0, at);
        int colon = name.lastIndexOf(':');
        return colon > name.lastIndexOf('/') ? name.substring(colon + 1) : "latest";
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
