package dev.waybill.system;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An image with the distribution's busybox under the names of its tools, as small images have it. */
final class BusyboxImage {
    static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final List<String> TOOLS = List.of(
            "sh",
            "cat",
            "tar",
            "ls",
            "echo",
            "sleep",
            "nc",
            "httpd",
            "stty",
            "id",
            "rm",
            "mkdir",
            "wc",
            "seq",
            "env",
            "kill",
            "ps",
            "head",
            "dd",
            "md5sum",
            "touch",
            "true",
            "hostname",
            "wget",
            "tail");

    private BusyboxImage() {}

    static void push(String reference, Path work) throws Exception {
        Path scripts = Files.createDirectories(work.resolve("busybox-tools"));
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder()
                .setName("busybox")
                .addEntry(BUSYBOX, AbsoluteUnixPath.get("/bin/busybox"), FilePermissions.fromOctalString("755"));
        for (String tool : TOOLS) {
            Path script = Files.writeString(
                    scripts.resolve(tool), "#!/bin/busybox sh\nexec /bin/busybox " + tool + " \"$@\"\n");
            layer.addEntry(script, AbsoluteUnixPath.get("/bin/" + tool), FilePermissions.fromOctalString("755"));
        }
        Path page = Files.writeString(work.resolve("index.html"), "a page of the pod\n");
        layer.addEntry(page, AbsoluteUnixPath.get("/www/index.html"));
        layer.addEntry(page, AbsoluteUnixPath.get("/tmp/page"));
        Jib.fromScratch()
                .addFileEntriesLayer(layer.build())
                .setEntrypoint(List.of("/bin/busybox", "sh", "-c", "while true; do sleep 1; done"))
                .containerize(Containerizer.to(RegistryImage.named(reference))
                        .setAllowInsecureRegistries(true)
                        .setBaseImageLayersCache(work.resolve("base"))
                        .setApplicationLayersCache(work.resolve("layers"))
                        .setToolName("waybill"));
    }
}
