package dev.waybill.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.testing.Tar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers that try to get out, to take too much or to confuse: refused with a reason, and nothing outside changed. */
class HostileLayerTest {

    @TempDir
    Path directory;

    private Path layer;
    private Path outside;

    @BeforeEach
    void needsRoot() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        layer = Files.createDirectory(directory.resolve("layer"));
        outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("victim"), "untouched");
    }

    static Stream<Arguments> escapes() {
        return Stream.of(
                Arguments.of("leave", new Tar().file("../outside/x", "x")),
                Arguments.of("leave", new Tar().file("a/../../outside/x", "x")),
                Arguments.of("leave", new Tar().directory("a/..")),
                Arguments.of(
                        "no directory", new Tar().symlink("a", "../../outside").file("a/x", "x")),
                Arguments.of("no directory", new Tar().symlink("a", "/tmp").directory("a/b")),
                Arguments.of(
                        "no directory", new Tar().symlink("a", "../../outside").file("a/.wh.victim", "")),
                Arguments.of(
                        "no directory", new Tar().symlink("a", "../../outside").file("a/.wh..wh..opq", "")),
                Arguments.of(
                        "no directory", new Tar().symlink("a", "../../outside").hardlink("b", "a/victim")),
                Arguments.of(
                        "no directory",
                        new Tar().symlink("a", "../../outside").file("f", "").hardlink("a/b", "f")),
                Arguments.of("leave", new Tar().hardlink("b", "../../outside/victim")),
                Arguments.of("not in this layer", new Tar().hardlink("b", "etc/passwd")),
                Arguments.of("no file of this layer", new Tar().hardlink("b", "passwd")),
                Arguments.of("no file of this layer", new Tar().directory("d").hardlink("b", "d")),
                Arguments.of("root", new Tar().hardlink("b", "/")),
                Arguments.of("root", new Tar().file("./", "x").file(".", "x")),
                Arguments.of("whiteout of nothing", new Tar().file("a/.wh...", "")),
                Arguments.of("whiteout of nothing", new Tar().file("a/.wh.", "")),
                Arguments.of("no directory", new Tar().file("a", "").file("a/b", "")),
                Arguments.of(
                        "longer than",
                        new Tar()
                                .pax("path", "a/".repeat(2000).getBytes(StandardCharsets.UTF_8))
                                .file("x", "")),
                Arguments.of(
                        "deeper than",
                        new Tar()
                                .pax("path", "a/".repeat(300).getBytes(StandardCharsets.UTF_8))
                                .file("x", "")),
                Arguments.of(
                        "longer than",
                        new Tar()
                                .pax("path", "a".repeat(256).getBytes(StandardCharsets.UTF_8))
                                .file("x", "")),
                Arguments.of(
                        "zero byte",
                        new Tar().pax("path", new byte[] {'a', 0, 'b'}).file("x", "")),
                Arguments.of(
                        "out of range",
                        new Tar()
                                .pax("uid", "4294967295".getBytes(StandardCharsets.UTF_8))
                                .file("x", "")),
                Arguments.of("out of range", new Tar().device("d", '3', 5000, 1)),
                Arguments.of("not supported", new Tar().entry("s", 'V', "", new byte[0], 0, 0)),
                Arguments.of(
                        "sparse",
                        new Tar().pax("GNU.sparse.major", new byte[] {'1'}).file("x", "")),
                Arguments.of("extended header of", new Tar().header("pax", 'x', "", 1L << 30, 0, 0)),
                Arguments.of("ends within", new Tar().header("f", '0', "", 1L << 30, 0, 0)),
                Arguments.of("ends after", new Tar().pax("path", new byte[] {'a'})),
                Arguments.of(
                        "malformed",
                        new Tar().entry("pax", 'x', "", "99 a=b\n".getBytes(StandardCharsets.UTF_8), 0, 0)),
                Arguments.of(
                        "malformed", new Tar().entry("pax", 'x', "", "3 =\n".getBytes(StandardCharsets.UTF_8), 0, 0)));
    }

    @ParameterizedTest
    @MethodSource("escapes")
    void isRefusedWithAReason(String reason, Tar tar) throws IOException {
        assertThatThrownBy(() -> unpack(tar.unfinished(), 1 << 20))
                .isInstanceOf(HostileLayerException.class)
                .hasMessageContaining(reason);
        nothingOutsideChanged();
    }

    @Test
    void absoluteNamesMeanTheLayersRoot() throws IOException {
        unpack(
                new Tar()
                        .file("/etc/waybill-hostile-test", "x")
                        .symlink("l", "/etc")
                        .bytes(),
                1 << 20);
        assertThat(layer.resolve("fs/etc/waybill-hostile-test")).hasContent("x");
        assertThat(Path.of("/etc/waybill-hostile-test")).doesNotExist();
    }

    @Test
    void aSymlinkThatIsReplacedIsNeverFollowed() throws IOException {
        unpack(
                new Tar()
                        .symlink("a", "../../outside/victim")
                        .file("a", "new")
                        .symlink("d", "../../outside")
                        .directory("d")
                        .file("d/victim", "new")
                        .bytes(),
                1 << 20);
        nothingOutsideChanged();
        assertThat(layer.resolve("fs/a")).hasContent("new");
        assertThat(layer.resolve("fs/d/victim")).hasContent("new");
    }

    @Test
    void limitsHold() {
        byte[] bomb = Tar.gzip(new Tar().file("zeros", new byte[4 << 20]).bytes());
        assertThatThrownBy(() -> unpack(bomb, Digest.of(bomb), new UnpackLimits(10, 1 << 20)))
                .isInstanceOf(HostileLayerException.class)
                .hasMessageContaining("longer than 1048576 bytes");
        Tar many = new Tar();
        for (int i = 0; i < 11; i++) {
            many.file("f" + i, "");
        }
        byte[] entries = many.bytes();
        assertThatThrownBy(() -> new LayerUnpacker(new UnpackLimits(10, 1 << 20))
                        .unpack(
                                new ByteArrayInputStream(entries),
                                new Descriptor("", Digest.of(entries), entries.length),
                                Digest.of(entries),
                                Files.createDirectory(directory.resolve("second")),
                                _ -> {}))
                .hasMessageContaining("more than 10 entries");
    }

    @Test
    void wrongDigestsAreNamed() {
        byte[] blob = Tar.gzip(new Tar().file("a", "x").bytes());
        Digest other = Digest.of(new byte[1]);
        assertThatThrownBy(() -> unpack(blob, other, new UnpackLimits(10, 1 << 20)))
                .isInstanceOf(DigestMismatchException.class)
                .hasMessageContaining("diffID");
    }

    /** Whatever random changes make of an archive, it unpacks or is refused; it never does anything else. */
    @Test
    void mutatedArchivesAreUnpackedOrRefused() throws IOException {
        byte[] good = new Tar()
                .directory("d")
                .file("d/f", "content")
                .symlink("d/l", "../../outside")
                .hardlink("h", "d/f")
                .pax("SCHILY.xattr.user.a", new byte[] {1, (byte) 0x80})
                .file("d/x", "y")
                .device("n", '3', 1, 3)
                .file(".wh.gone", "")
                .bytes();
        Random random = new Random(7);
        for (int round = 0; round < 400; round++) {
            byte[] mutated = good.clone();
            for (int n = 0; n <= random.nextInt(4); n++) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            fixChecksums(mutated);
            Path target = Files.createDirectory(directory.resolve("round-" + round));
            try {
                new LayerUnpacker(new UnpackLimits(100, 1 << 20))
                        .unpack(
                                new ByteArrayInputStream(mutated),
                                new Descriptor("", Digest.of(mutated), mutated.length),
                                Digest.of(mutated),
                                target,
                                _ -> {});
            } catch (IOException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        nothingOutsideChanged();
    }

    static void fixChecksums(byte[] tar) {
        for (int at = 0; at + 512 <= tar.length; at += 512) {
            if (tar[at + 257] != 'u') {
                continue;
            }
            int sum = 8 * ' ';
            for (int i = 0; i < 512; i++) {
                sum += i >= 148 && i < 156 ? 0 : tar[at + i] & 0xff;
            }
            System.arraycopy("%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII), 0, tar, at + 148, 8);
        }
    }

    private void unpack(byte[] tar, long maxBytes) throws IOException {
        unpack(tar, Digest.of(tar), new UnpackLimits(1000, maxBytes));
    }

    private void unpack(byte[] blob, Digest diffId, UnpackLimits limits) throws IOException {
        new LayerUnpacker(limits)
                .unpack(
                        new ByteArrayInputStream(blob),
                        new Descriptor("", Digest.of(blob), blob.length),
                        diffId,
                        layer,
                        _ -> {});
    }

    private void nothingOutsideChanged() throws IOException {
        assertThat(outside.resolve("victim")).hasContent("untouched");
        try (Stream<Path> files = Files.list(outside)) {
            assertThat(files).hasSize(1);
        }
    }
}
