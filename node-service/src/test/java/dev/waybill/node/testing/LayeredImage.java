package dev.waybill.node.testing;

import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import dev.waybill.node.oci.Command;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An image of three layers with all that layers can say about each other, made with GNU tar. One thread. */
public final class LayeredImage {
    private static final List<String> LAYERS = List.of("""
            mkdir -p a/b opaque/deep gone-dir dir-file back-dir tmp bin dev etc
            echo one >a/b/f; ln a/b/f a/b/hard; ln a/b/f etc/hard-too
            setfattr -n user.note -v x a/b/f; setfattr -n user.dir -v y a
            setfattr -n trusted.kept -v z tmp
            ln -s ../etc a/link; ln -s nowhere dangling; chown -h 7:8 dangling
            mknod -m 666 dev/null c 1 3; mknod dev/disk b 259 4097; mkfifo -m 0620 dev/pipe
            cp /bin/true bin/su; chown 0:42 bin/su; chmod 6755 bin/su
            cp /bin/true bin/ping; setcap cap_net_raw+ep bin/ping
            chmod 1777 tmp; chown 1000:1001 a/b; chmod 2750 a/b
            echo x >opaque/old; echo x >opaque/deep/old; echo x >gone; echo x >gone-dir/x
            echo x >dir-file/x; echo file >file-dir; echo file >back; echo x >back-dir/x
            echo x >$'na\\xc3\\xafve'
            head -c 32M /dev/urandom >big; truncate -s 8M sparse; echo end >>sparse
            """, """
            mkdir -p a/b opaque/deep file-dir/in back etc
            chmod 0711 a; touch a/b/.wh.hard opaque/.wh..wh..opq .wh.gone .wh.gone-dir
            echo new >opaque/new; echo new >opaque/deep/new
            echo file >dir-file; echo x >file-dir/in/x; echo x >back/x; echo file >back-dir
            echo two >etc/two; ln etc/two a/two
            """, """
            mkdir -p dir-file back-dir gone-dir bin
            echo again >dir-file/again; echo file >back; echo y >back-dir/y; echo back >gone-dir/back
            cp /bin/true bin/su; chmod 0755 bin/su
            """);

    private final List<byte[]> tars = new ArrayList<>();

    /** Makes the archives; every other use of the image has the same bytes. */
    public LayeredImage(Path directory) throws IOException {
        for (String script : LAYERS) {
            Path layer = Files.createDirectory(directory.resolve("layer-" + tars.size()));
            Path tar = directory.resolve("layer-" + tars.size() + ".tar");
            shell(layer, script);
            shell(
                    layer,
                    "find . -mindepth 1 -exec touch -h -d '2001-02-03 04:05:06.123456789' {} +; "
                            + "tar --format=pax --xattrs --xattrs-include='*' --numeric-owner -cf " + tar + " *"
                            + " $(ls -A | grep '^[.]wh' || true)");
            tars.add(Files.readAllBytes(tar));
        }
    }

    /** Puts the image of the lowest layers into a store. */
    public StoredImage put(ImageStore images, int count) throws IOException {
        List<Digest> chain = new ArrayList<>();
        for (byte[] tar : tars.subList(0, count)) {
            chain.add(unpack(images.layers(), tar));
        }
        Digest id = Digest.of(("image " + count).getBytes(StandardCharsets.UTF_8));
        return images.put("app:" + count, "", id, chain, "{}", System.currentTimeMillis());
    }

    /** Puts an image of one layer, which is a directory's content, into a store; the archive is made beside it. */
    public static StoredImage put(ImageStore images, Path tree) throws IOException {
        Path tar = tree.resolveSibling(tree.getFileName() + ".tar");
        shell(tree, "tar --format=pax --numeric-owner -cf " + tar + " *");
        Digest layer = unpack(images.layers(), Files.readAllBytes(tar));
        Digest id = Digest.of("image of a tree".getBytes(StandardCharsets.UTF_8));
        return images.put("app:1", "", id, List.of(layer), "{}", System.currentTimeMillis());
    }

    private static Digest unpack(LayerStore layers, byte[] tar) throws IOException {
        Digest diffId = Digest.of(tar);
        if (layers.find(diffId).isEmpty()) {
            Path target = layers.newTemporary();
            LayerUnpacker.Result result = new LayerUnpacker(new UnpackLimits(10_000, 1L << 30))
                    .unpack(
                            new ByteArrayInputStream(tar),
                            new Descriptor("", diffId, tar.length),
                            diffId,
                            target,
                            _ -> {});
            layers.commit(target, diffId, result.contentBytes(), result.entries());
        }
        return diffId;
    }

    /** Every attribute of every file below a directory, without what is the root's own. */
    public static String describe(Path root) {
        return shell(root, """
                export LC_ALL=C
                find . -mindepth 1 '(' -type d -printf '%P %y %m %U:%G %T@\\n' -o \
                  -printf '%P %y %m %U:%G %T@ %s %l\\n' ')' | sort
                find . '(' -type b -o -type c ')' -exec stat -c '%n %t:%T' {} + | sort
                find . -type f -printf '%i %P\\n' | sort -k2 | \
                  awk '{ if ($1 in f) print $2 " is " f[$1]; else f[$1] = $2 }'
                find . -type f -exec sha256sum {} + | sort -k2
                find . -mindepth 1 | sort | xargs -d '\\n' getfattr -h -d -m - -e hex
                """);
    }

    public static String shell(Path directory, String script) {
        return Command.run(List.of("bash", "-euc", "cd " + directory + "\n" + script));
    }
}
