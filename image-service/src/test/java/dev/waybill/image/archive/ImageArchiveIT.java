package dev.waybill.image.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.UnsupportedImageException;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.testing.OciLayout;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.Tools;
import dev.waybill.image.testing.Tree;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Archives that skopeo wrote come in, what goes out skopeo reads, and the image keeps its id on the way. */
@Timeout(600)
class ImageArchiveIT {

    private static final String NAME = "docker.io/library/app:v1";

    @TempDir
    Path directory;

    private LayerStore layers;
    private ImageStore images;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        layers = LayerStore.open(directory.resolve("store"));
        images = new ImageStore(layers);
        new OciLayout(directory.resolve("layout"))
                .gzip(new Tar()
                        .mode(0755)
                        .directory("bin")
                        .file("bin/app", "#!/bin/sh\n".repeat(1000))
                        .hardlink("bin/app2", "bin/app")
                        .file("bin/empty", "")
                        .bytes())
                .gzip(new Tar()
                        .file("bin/.wh.app2", "")
                        .file("etc/x", "implied parent")
                        .bytes())
                .tag("v1");
    }

    @AfterEach
    void stop() throws IOException {
        if (layers != null) {
            layers.close();
        }
    }

    @Test
    void whatSkopeoWroteComesInAndIsTheSameImage() throws Exception {
        Tools.need("skopeo");
        Tools.shell(directory, """
                skopeo copy -q oci:layout:v1 docker-archive:docker.tar:app:v1
                skopeo copy -q oci:layout:v1 oci-archive:oci.tar:localhost:5000/team/app:v2
                gzip -k docker.tar
                """);
        StoredImage layout = load("layout", Optional.of("app:v1")).getFirst();
        StoredImage docker = load("docker.tar", Optional.empty()).getFirst();
        StoredImage zipped = load("docker.tar.gz", Optional.of("other:1")).getFirst();
        StoredImage oci = load("oci.tar", Optional.empty()).getFirst();
        assertThat(List.of(docker.layers(), zipped.layers(), oci.layers())).containsOnly(layout.layers());
        assertThat(images.find(NAME)).isPresent();
        assertThat(images.find("localhost:5000/team/app:v2")).isPresent();
        assertThat(layers.all()).hasSize(2);
    }

    @Test
    void whatGoesOutSkopeoReadsAndKeepsItsId() throws Exception {
        Tools.need("skopeo");
        StoredImage image = load("layout", Optional.of("app:v1")).getFirst();
        ImageExport export = new ImageExport(images);
        export.run(Map.of(NAME, image), ImageExport.Format.OCI, directory.resolve("out.tar"));
        export.run(Map.of(NAME, image), ImageExport.Format.OCI_DIRECTORY, directory.resolve("outdir"));
        export.run(Map.of(NAME, image), ImageExport.Format.DOCKER, directory.resolve("docker.tar"));
        for (String source : List.of("oci-archive:out.tar", "oci:outdir:v1", "docker-archive:docker.tar")) {
            Tools.shell(directory, "rm -rf copy; skopeo copy -q " + source + " dir:copy");
            assertThat(Files.readString(directory.resolve("copy/manifest.json")))
                    .as(source)
                    .contains(image.id().toString());
        }
    }

    @Test
    void whatGoesOutComesInAgain() throws Exception {
        StoredImage image = load("layout", Optional.of("app:v1")).getFirst();
        var trees = images.layerPaths(image).stream().map(ImageArchiveIT::tree).toList();
        for (ImageExport.Format format : ImageExport.Format.values()) {
            Path file = directory.resolve("out-" + format);
            new ImageExport(images).run(Map.of(NAME, image), format, file);
            try (LayerStore fresh = LayerStore.open(directory.resolve("store-" + format))) {
                ImageStore other = new ImageStore(fresh);
                StoredImage again = loader(other).run(file, Optional.empty()).getFirst();
                assertThat(again.id()).isEqualTo(image.id());
                assertThat(again.references()).containsOnlyKeys(NAME);
                assertThat(other.layerPaths(again).stream()
                                .map(ImageArchiveIT::tree)
                                .toList())
                        .isEqualTo(trees);
            }
        }
    }

    @Test
    void aCommandBesideTheOwnerIsSeenByIt() throws Exception {
        try (LayerStore shared = LayerStore.share(directory.resolve("store"))) {
            loader(new ImageStore(shared)).run(directory.resolve("layout"), Optional.of("app:v1"));
        }
        assertThat(images.find(NAME)).isPresent();
        try (LayerStore shared = LayerStore.share(directory.resolve("store"))) {
            ImageStore other = new ImageStore(shared);
            other.discard(other.remove(NAME).orElseThrow().leftOver());
        }
        assertThat(images.find(NAME)).isEmpty();
        assertThat(layers.all()).isEmpty();
    }

    @Test
    void badArchivesAreRefusedWithTheReason() throws Exception {
        Files.writeString(directory.resolve("junk"), "no archive".repeat(200));
        assertThatThrownBy(() -> load("junk", Optional.empty())).isInstanceOf(UnsupportedImageException.class);
        Files.write(directory.resolve("empty.tar"), new Tar().file("a", "").bytes());
        assertThatThrownBy(() -> load("empty.tar", Optional.empty())).hasMessageContaining("neither index.json");
        assertThatThrownBy(() -> load("layout", Optional.empty())).hasMessageContaining("--name");
        Files.write(
                directory.resolve("escape.tar"),
                new Tar()
                        .file(
                                "manifest.json",
                                "[{\"Config\":\"../../../etc/hostname\",\"RepoTags\":[\"a:1\"],\"Layers\":[]}]")
                        .bytes());
        assertThatThrownBy(() -> load("escape.tar", Optional.empty())).hasMessageContaining("no file");
        try (var blobs = Files.list(directory.resolve("layout/blobs/sha256"))) {
            for (Path blob : blobs.toList()) {
                byte[] bytes = Files.readAllBytes(blob);
                bytes[bytes.length / 2] ^= 1;
                Files.write(blob, bytes);
            }
        }
        assertThatThrownBy(() -> load("layout", Optional.of("app:v1"))).isInstanceOf(IOException.class);
        assertThat(layers.all()).isEmpty();
    }

    private List<StoredImage> load(String file, Optional<String> name) throws IOException {
        return loader(images).run(directory.resolve(file), name);
    }

    private static ImageImport loader(ImageStore store) {
        return new ImageImport(
                store,
                new LayerUnpacker(new UnpackLimits(1000, 100 << 20)),
                Platform.ofJavaArch("amd64"),
                Clock.systemUTC());
    }

    private static Map<String, String> tree(Path layer) {
        try {
            var tree = Tree.of(layer);
            // directories that the archive left out, and whiteouts, have the time of unpacking
            tree.replaceAll((_, line) -> line.contains(" 1000000.") ? line : line.replaceAll("\\d+\\.\\d{9}", "now"));
            return tree;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
