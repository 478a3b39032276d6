package dev.waybill.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.Tree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Archives of random entries that name each other, links out of the layer and each other's parents, then damaged in
 * random bytes and compressed: whatever they are, they are unpacked or refused, soon, and nothing outside changes. The
 * seed is printed; {@code -Dfuzz.seed} and {@code -Dfuzz.seconds} repeat and lengthen it.
 */
@Timeout(300)
class LayerFuzzTest {

    private static final List<String> PARTS = List.of(
            "a", "b", "c", "..", ".", "", "outside", ".wh.a", ".wh..wh..opq", ".wh.b", "\u00ff", "x".repeat(99));
    private static final List<String> TARGETS =
            List.of("/", "..", "../..", "../../outside", "../../outside/victim", "a", "b/c", "/etc", "c", ".");
    private static final String TYPES = "00000055522211346SgxLK7Vz";

    @TempDir
    Path directory;

    @Test
    void whateverALayerHoldsNothingOutsideChanges() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        System.out.println("fuzz.seed=" + seed);
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("victim"), "untouched");
        Map<String, String> before = Tree.of(outside);
        Random random = new Random(seed);
        long end = System.nanoTime() + Long.getLong("fuzz.seconds", 8) * 1_000_000_000L;
        int unpacked = 0;
        int refused = 0;
        for (int round = 0; System.nanoTime() < end; round++) {
            byte[] tar = archive(random);
            byte[] blob = random.nextInt(3) == 0 ? Tar.gzip(tar) : tar;
            if (random.nextInt(4) == 0) {
                blob[random.nextInt(blob.length)] ^= (byte) (1 + random.nextInt(255));
            }
            Path layer = Files.createDirectory(directory.resolve("layer"));
            long start = System.nanoTime();
            try {
                new LayerUnpacker(new UnpackLimits(200, 4 << 20))
                        .unpack(
                                new ByteArrayInputStream(blob),
                                new Descriptor("", Digest.of(blob), blob.length),
                                Digest.of(tar),
                                layer,
                                _ -> {});
                unpacked++;
            } catch (IOException e) {
                assertThat(e.getMessage()).isNotBlank();
                refused++;
            }
            assertThat(System.nanoTime() - start)
                    .as("seed %s round %s", seed, round)
                    .isLessThan(20_000_000_000L);
            assertThat(Tree.of(outside)).as("seed %s round %s", seed, round).isEqualTo(before);
            delete(layer);
            try (var left = Files.list(directory)) {
                assertThat(left).as("seed %s round %s", seed, round).containsExactly(outside);
            }
        }
        System.out.println("fuzz: " + unpacked + " unpacked, " + refused + " refused");
        assertThat(unpacked).isPositive();
        assertThat(refused).isPositive();
    }

    private static byte[] archive(Random random) {
        Tar tar = new Tar();
        for (int n = random.nextInt(12); n >= 0; n--) {
            entry(tar.mode(random.nextInt(010000)).owner(random.nextInt(3), random.nextInt(3)), random);
        }
        byte[] bytes = random.nextInt(5) == 0 ? tar.unfinished() : tar.bytes();
        for (int n = random.nextInt(3); n > 0 && random.nextBoolean(); n--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        HostileLayerTest.fixChecksums(bytes);
        return bytes;
    }

    private static void entry(Tar tar, Random random) {
        char type = TYPES.charAt(random.nextInt(TYPES.length()));
        if (random.nextInt(6) == 0) {
            pax(tar, random);
        }
        byte[] content = type == 'x'
                ? (random.nextInt(30) + " path=" + path(random) + "\n").getBytes(StandardCharsets.ISO_8859_1)
                : new byte[random.nextInt(2000)];
        boolean has = "07SxgLK".indexOf(type) >= 0;
        String target = TARGETS.get(random.nextInt(TARGETS.size()));
        if (random.nextInt(30) == 0) {
            tar.header(path(random), type, target, random.nextLong(1L << 33), 1, 3);
        } else {
            tar.entry(path(random), type, target, has ? content : new byte[0], random.nextInt(5), random.nextInt(5));
        }
    }

    private static void pax(Tar tar, Random random) {
        byte[] value = (random.nextBoolean() ? path(random) : Long.toString(random.nextLong()))
                .getBytes(StandardCharsets.ISO_8859_1);
        List<String> keys = List.of(
                "path",
                "linkpath",
                "size",
                "uid",
                "mtime",
                "SCHILY.xattr.user.a",
                "SCHILY.xattr.trusted.overlay.redirect",
                "GNU.sparse.major",
                "GNU.sparse.size",
                "GNU.sparse.map",
                "GNU.sparse.name",
                "GNU.sparse.realsize");
        tar.pax(keys.get(random.nextInt(keys.size())), value);
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder();
        for (int n = random.nextInt(4); n >= 0; n--) {
            path.append(PARTS.get(random.nextInt(PARTS.size()))).append(n > 0 ? "/" : "");
        }
        return path.length() > 99 ? path.substring(0, 99) : path.toString();
    }

    private static void delete(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) throws IOException {
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
