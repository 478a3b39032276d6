package dev.waybill.image.archive;

import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.ManifestReader;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds the images of an archive: OCI's index.json (image-layout.md) first, else Docker's manifest.json. Stateless. */
final class ArchiveReader {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int MAX_INDEX_DEPTH = 3;

    private ArchiveReader() {}

    static List<ArchivedImage> images(ArchiveFiles files, Platform platform) throws IOException {
        if (files.has("index.json")) {
            return layout(files, platform);
        }
        if (files.has("manifest.json")) {
            return docker(files);
        }
        throw new UnsupportedImageException(
                "the archive has neither index.json (an OCI layout) nor manifest.json (a docker archive)");
    }

    private static List<ArchivedImage> layout(ArchiveFiles files, Platform platform) throws IOException {
        List<ArchivedImage> images = new ArrayList<>();
        for (JsonNode entry : json("index.json", files.small("index.json")).path("manifests")) {
            JsonNode annotations = entry.path("annotations");
            List<String> names = Stream.of("io.containerd.image.name", "org.opencontainers.image.ref.name")
                    .map(key -> annotations.path(key).asString(""))
                    .filter(name -> !name.isEmpty())
                    .limit(1)
                    .toList();
            images.add(image(files, platform, names, entry));
        }
        return images;
    }

    private static ArchivedImage image(ArchiveFiles files, Platform platform, List<String> names, JsonNode entry)
            throws IOException {
        Digest top = Digest.parse("index.json: digest", entry.path("digest").asString(""));
        String type = entry.path("mediaType").asString("");
        Digest at = top;
        for (int depth = 0; depth <= MAX_INDEX_DEPTH; depth++) {
            byte[] body = files.small(blob(at));
            Digest actual = Digest.of(body);
            if (!actual.equals(at)) {
                throw new DigestMismatchException("a manifest of the archive has the wrong digest", at, actual);
            }
            switch (ManifestReader.read(body, type, platform)) {
                case ManifestReader.Manifest.Image image -> {
                    return new ArchivedImage(
                            names,
                            top,
                            blob(image.manifest().config().digest()),
                            image.manifest().layers().stream()
                                    .map(Descriptor::digest)
                                    .map(ArchiveReader::blob)
                                    .toList());
                }
                case ManifestReader.Manifest.Index index -> {
                    at = index.chosen().digest();
                    type = index.chosen().mediaType();
                }
            }
        }
        throw new UnsupportedImageException("index.json: indexes nested deeper than " + MAX_INDEX_DEPTH);
    }

    private static String blob(Digest digest) {
        return "blobs/sha256/" + digest.hex();
    }

    private static List<ArchivedImage> docker(ArchiveFiles files) throws IOException {
        List<ArchivedImage> images = new ArrayList<>();
        for (JsonNode entry : json("manifest.json", files.small("manifest.json"))) {
            images.add(new ArchivedImage(
                    texts(entry.path("RepoTags")),
                    null,
                    entry.path("Config").asString(""),
                    texts(entry.path("Layers"))));
        }
        return images;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asString("")));
        return texts;
    }

    private static JsonNode json(String name, byte[] bytes) throws UnsupportedImageException {
        try {
            return JSON.readTree(bytes);
        } catch (JacksonException e) {
            throw new UnsupportedImageException(name + ": no JSON: " + e.getOriginalMessage());
        }
    }
}
