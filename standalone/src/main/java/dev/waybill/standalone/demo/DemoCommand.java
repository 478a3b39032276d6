package dev.waybill.standalone.demo;

import dev.waybill.runtime.KafkaConnection;
import dev.waybill.standalone.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

/** {@code waybill demo}: starts a registry, makes an image and plays {@link DemoStory} against what runs. */
public final class DemoCommand {
    private static final String SCRIPT = """
            #!/bin/sh
            trap 'exit 0' TERM
            echo "$GREETING from $HOSTNAME"
            n=0
            while true; do
              n=$((n+1)); echo "order $n"
              i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done
              sleep 0.5
            done
            """;

    private DemoCommand() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of("/var/lib/waybill");
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--data") && i + 1 < arguments.length) {
                data = Path.of(arguments[++i]);
            } else {
                System.err.println("waybill demo: unknown option " + arguments[i]);
                System.exit(2);
            }
        }
        Properties endpoints = DataDirectory.endpoints(data);
        KafkaConnection connection = new KafkaConnection(
                endpoints.getProperty("bootstrap.servers"), endpoints.getProperty("registry.url"), Map.of());
        long begun = System.nanoTime();
        Path work = Files.createTempDirectory("waybill-demo-");
        boolean good;
        try (LoopbackRegistry registry = LoopbackRegistry.start(work);
                EventTicker ticker = new EventTicker(connection, DemoCommand::say)) {
            say("== A registry at " + registry.host() + ", and an image made of files of this machine");
            String image = registry.host() + "/demo/shop:1";
            say("    pushed " + image + "@" + MachineImage.push(image, SCRIPT, work));
            good = new DemoStory(new Kubectl(data, DemoCommand::say), ticker, image, DemoCommand::say).play();
        } finally {
            MachineImage.clear(work);
        }
        say("== " + (good ? "Done" : "NOT as it should be") + " after "
                + Duration.ofNanos(System.nanoTime() - begun).toSeconds()
                + " s; namespaces, image and registry are gone");
        System.exit(good ? 0 : 1);
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
