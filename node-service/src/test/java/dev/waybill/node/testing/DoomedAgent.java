package dev.waybill.node.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An agent in a process of its own that starts a pod, or ends one, and may be killed by itself at any look at the clock or
 * any event: {@code DoomedAgent DIRECTORY TAG POD start|end POINT}. Prints how many points it came by.
 */
public final class DoomedAgent {
    private DoomedAgent() {}

    /** The pod of these tests: a network with a host port, a volume, a container that ignores SIGTERM. */
    public static void assign(NodeBench bench, String name, boolean deleting) {
        String metadata =
                deleting ? ", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\", \"deletionGracePeriodSeconds\": 0" : "";
        bench.assignConnected(name, metadata, """
                {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                 "command": ["/bin/sh", "-c", "echo up; exec sleep 600"],
                 "ports": [{"containerPort": 80, "hostPort": 43912}],
                 "resources": {"limits": {"memory": "32Mi", "cpu": "500m"}}}""");
    }

    /** The same without host ports, so that it may run beside another. */
    public static void assignWithoutPorts(NodeBench bench, String name) {
        bench.assignConnected(name, "", """
                {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                 "command": ["/bin/sh", "-c", "exec sleep 600"],
                 "resources": {"limits": {"memory": "32Mi", "cpu": "500m"}}}""");
    }

    /** A pod that does not end by itself within its grace period of 3 s. */
    public static void assignDeaf(NodeBench bench, String name, boolean deleting) {
        String metadata =
                deleting ? ", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\", \"deletionGracePeriodSeconds\": 3" : "";
        bench.assignConnected(name, metadata, """
                {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                 "command": ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"],
                 "resources": {"limits": {"memory": "32Mi", "cpu": "500m"}}}""");
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int fatal = Integer.parseInt(arguments[4]);
        AtomicInteger points = new AtomicInteger();
        Runnable point = () -> {
            if (points.incrementAndGet() == fatal) {
                // No hook and no finally block runs, as with SIGKILL.
                Runtime.getRuntime().halt(137);
            }
        };
        Programs programs = new Programs(directory.resolve("bin"));
        programs.agent(ProcessHandle.current().pid());
        NodeBench bench = new NodeBench(
                directory, "overlay", arguments[1], 1, programs.paths(), new RecordedEvents(point), new Watched(point));
        String pod = arguments[2];
        if (arguments[3].equals("start")) {
            assign(bench, pod, false);
            bench.events().await("status", pod, "\"phase\":\"Running\"");
        } else {
            bench.events().await("status", pod, "\"phase\":\"Running\"");
            points.set(0);
            programs.countAnew();
            assign(bench, pod, true);
            bench.unassign(pod);
            while (Files.exists(directory.resolve("node/pods/uid-" + pod))) {
                Thread.sleep(10);
            }
        }
        System.out.println("points " + points.get());
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static final class Watched extends Clock {
        private final Clock clock = Clock.systemUTC();
        private final Runnable onLook;

        Watched(Runnable onLook) {
            this.onLook = onLook;
        }

        @Override
        public Instant instant() {
            onLook.run();
            return clock.instant();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
