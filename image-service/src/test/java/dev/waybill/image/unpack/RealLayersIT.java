package dev.waybill.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.testing.OciLayout;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.Tools;
import dev.waybill.image.testing.Tree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers that GNU tar made of this host's own files, mounted, against what umoci makes of the same layers. */
@Timeout(600)
class RealLayersIT {

    private static final byte[] CAPABILITY = {1, 0, 0, 2, (byte) 0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    @TempDir
    Path directory;

    private final List<byte[]> archives = new ArrayList<>();

    @BeforeEach
    void needsRoot() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        Files.createDirectories(directory.resolve("root"));
    }

    @Test
    void aRootFileSystemInLayersIsWhatUmociMakesOfIt() throws Exception {
        Tools.need("umoci", "tar");
        base();
        changes();
        sparse();
        OciLayout layout = new OciLayout(directory.resolve("layout"));
        for (byte[] archive : archives) {
            layout.gzip(archive);
        }
        layout.tag("v1");
        Tools.shell(
                directory, "umoci raw unpack --image layout:v1 theirs >umoci.log 2>&1 || { cat umoci.log; exit 1; }");
        List<String> lower = new ArrayList<>();
        for (byte[] archive : archives) {
            lower.addFirst(unpack(archive, Tar.gzip(archive)).toString());
        }
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        Tools.run("mount", "-t", "overlay", "o", "-o", "ro,lowerdir=" + String.join(":", lower), mounted.toString());
        try {
            var ours = Tree.of(mounted);
            assertThat(ours).hasSizeGreaterThan(500);
            assertThat(ours).isEqualTo(Tree.of(directory.resolve("theirs")));
        } finally {
            Tools.run("umount", mounted.toString());
        }
    }

    @Test
    void everyCompressionGivesTheSameLayer() throws Exception {
        Tools.need("zstd", "gzip");
        byte[] tar = new Tar()
                .directory("./")
                .directory("d")
                .file("d/f", "content".repeat(100_000))
                .file("g", "x")
                .bytes();
        Files.write(directory.resolve("tar"), tar);
        Tools.shell(directory, """
                zstd -q tar -o one.zst
                head -c 70000 tar >head; tail -c +70001 tar >tail
                zstd -q head; zstd -q tail
                printf '\\x50\\x2a\\x4d\\x18\\x04\\0\\0\\0skip' >skip
                cat head.zst skip tail.zst skip >frames.zst
                cat skip one.zst >skipfirst.zst
                gzip -k head; gzip -k tail; cat head.gz tail.gz >members.gz
                cat members.gz <(head -c 1024 /dev/zero) >padded.gz
                """);
        unpack(tar, tar);
        var plain = Tree.of(directory.resolve("layer0/fs"));
        for (String name : List.of("one.zst", "frames.zst", "skipfirst.zst", "members.gz", "padded.gz")) {
            Path layer = unpack(tar, Files.readAllBytes(directory.resolve(name)));
            assertThat(Tree.of(layer)).as(name).isEqualTo(plain);
        }
    }

    private void base() throws Exception {
        Tools.shell(directory.resolve("root"), """
                mkdir -p usr/bin usr/share usr/lib dev tmp var/empty
                cp -a /etc .; rm -rf etc/ssl/private
                find /usr/bin -maxdepth 1 -size -200k -name '[a-f]*' | head -n 300 | xargs cp -a -t usr/bin
                cp -a /usr/share/zoneinfo/Europe usr/share/ 2>/dev/null || true
                ln usr/bin/cat usr/bin/zzcat; ln usr/bin/cat usr/share/cat
                chmod 4755 usr/bin/chmod; chmod 2755 usr/bin/chown; chmod 1777 tmp; chmod 0555 var/empty
                mknod dev/null c 1 3; mknod dev/sda b 8 0; mknod dev/big b 300 70000; mkfifo dev/fifo; chmod 666 dev/null
                chown 1000:1001 usr/bin/cp; chown -h 65534:65534 dev/fifo; ln -s /nowhere usr/lib/dangling
                chown 4000000000:3000000000 usr/bin/cut
                d=usr/lib/$(printf 'n%.0s' {1..120})/$(printf 'm%.0s' {1..120}); mkdir -p $d
                echo long >$d/file; ln -s $(printf 'o%.0s' {1..150}) $d/link; ln $d/file $d/hard
                printf x >"usr/lib/$(printf 'b\\344d\\n\\001name')"; echo 'ü' >usr/lib/ünïcode
                mkdir gone opaque; echo 1 >gone/file; echo 2 >opaque/old; echo 3 >opaque/new; echo 4 >replaced
                mkdir todir; echo 5 >todir/x; touch -d '1960-01-02 03:04:05.678901234' usr/lib/old
                touch -d '2030-01-02 03:04:05.000000001' usr/lib
                """);
        int dir = Linux.open(directory.resolve("root/usr/bin").toString(), Linux.O_RDONLY);
        Linux.lsetxattr(dir, "cat", "security.capability", CAPABILITY);
        Linux.lsetxattr(dir, "cp", "user.note", new byte[] {0, 1, '=', '\n', (byte) 0xff});
        OpenFiles.close(dir);
        tar("--format=pax");
    }

    private void changes() throws Exception {
        Tools.shell(directory, """
                rm -rf root; mkdir root; cd root
                mkdir -p usr/bin opaque todir etc
                touch .wh.gone usr/bin/.wh.zzcat etc/.wh.passwd
                touch opaque/.wh..wh..opq; echo new >opaque/new
                mkdir replaced; echo inside >replaced/file
                echo shell >usr/bin/cat; chmod 0711 usr/bin; chmod 0700 opaque; chown 5:6 opaque
                touch -d '2001-02-03 04:05:06.123456789' usr/bin opaque replaced todir etc usr .
                """);
        tar("--format=gnu");
    }

    private void sparse() throws Exception {
        List<String> formats = List.of(
                "--format=gnu",
                "--format=pax --sparse-version=0.0",
                "--format=pax --sparse-version=0.1",
                "--format=pax --sparse-version=1.0");
        for (String format : formats) {
            String name = format.replaceAll("[^a-z0-9]", "");
            Tools.shell(directory, """
                    rm -rf root; mkdir root; cd root; truncate -s 10M NAME-empty; truncate -s 20M NAME-many
                    for i in $(seq 0 60); do printf data$i | dd of=NAME-many bs=1 seek=$((i*300000)) conv=notrunc status=none; done
                    printf end >>NAME-many; touch -d '2001-02-03 04:05:06' NAME-* .
                    """.replace("NAME", name));
            tar("-S " + format);
        }
    }

    private void tar(String options) throws Exception {
        Tools.shell(
                directory, "tar " + options + " --numeric-owner --xattrs --xattrs-include='*' -C root -cf layer.tar .");
        archives.add(Files.readAllBytes(directory.resolve("layer.tar")));
    }

    private int unpacked;

    private Path unpack(byte[] tar, byte[] blob) throws IOException {
        Path target = Files.createDirectory(directory.resolve("layer" + unpacked++));
        new LayerUnpacker(new UnpackLimits(100_000, 1 << 30))
                .unpack(
                        new ByteArrayInputStream(blob),
                        new Descriptor("", Digest.of(blob), blob.length),
                        Digest.of(tar),
                        target,
                        _ -> {});
        return target.resolve("fs");
    }
}
