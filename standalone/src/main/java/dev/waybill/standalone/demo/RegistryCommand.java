package dev.waybill.standalone.demo;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code waybill registry}: a registry on loopback with one image made of files of this machine, until Ctrl-C. For
 * trying things without the internet.
 */
public final class RegistryCommand {
    private static final String SCRIPT = """
            #!/bin/sh
            echo "$GREETING from ${HOSTNAME}"
            n=0
            while true; do n=$((n+1)); echo "tick $n"; sleep 5; done
            """;

    private RegistryCommand() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory("waybill-registry-");
        try (LoopbackRegistry registry = LoopbackRegistry.start(directory)) {
            Runtime.getRuntime().addShutdownHook(new Thread(registry::close));
            String image = registry.host() + "/demo/shop:1";
            MachineImage.push(image, SCRIPT, directory);
            System.out.println(image);
            Thread.currentThread().join();
        } finally {
            MachineImage.clear(directory);
        }
    }
}
