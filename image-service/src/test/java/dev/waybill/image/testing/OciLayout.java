package dev.waybill.image.testing;

import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An OCI image layout made of layer archives, for tests. One thread. */
public final class OciLayout {

    private final Path directory;
    private final List<String> layers = new ArrayList<>();
    private final List<String> diffIds = new ArrayList<>();

    public OciLayout(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("blobs/sha256"));
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    }

    /** Adds a layer; the blob is the archive, compressed or not. */
    public OciLayout layer(byte[] tar, byte[] blob, String mediaType) throws IOException {
        diffIds.add("\"" + Digest.of(tar) + "\"");
        layers.add(put(blob, mediaType));
        return this;
    }

    public OciLayout gzip(byte[] tar) throws IOException {
        return layer(tar, Tar.gzip(tar), "application/vnd.oci.image.layer.v1.tar+gzip");
    }

    /** Names what was added so far. */
    public void tag(String tag) throws IOException {
        String config = put(
                ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"/app\"]},"
                                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + String.join(",", diffIds) + "]}}")
                        .getBytes(StandardCharsets.UTF_8),
                "application/vnd.oci.image.config.v1+json");
        String manifest = put(
                ("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
                                + config + ",\"layers\":[" + String.join(",", layers) + "]}")
                        .getBytes(StandardCharsets.UTF_8),
                "application/vnd.oci.image.manifest.v1+json");
        Files.writeString(
                directory.resolve("index.json"),
                "{\"schemaVersion\":2,\"manifests\":["
                        + manifest.replaceFirst(
                                "\\}$", ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + tag + "\"}}")
                        + "]}");
    }

    private String put(byte[] blob, String mediaType) throws IOException {
        Digest digest = Digest.of(blob);
        Files.write(directory.resolve("blobs/sha256").resolve(digest.hex()), blob);
        return "{\"mediaType\":\"" + mediaType + "\",\"digest\":\"" + digest + "\",\"size\":" + blob.length + "}";
    }
}
