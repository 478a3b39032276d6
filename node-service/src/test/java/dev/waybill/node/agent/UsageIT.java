package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.ContainerUsageSampled;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node tells about the use of containers, against what they really used. */
@Timeout(600)
class UsageIT extends ContainersOnANode {
    private static final int SENT = 1 << 20;
    private static final int RECEIVED = 3 << 20;

    @Test
    void eachNumberIsWhatTheContainerUsed() throws Exception {
        bench.assignSpec("web", """
                {"terminationGracePeriodSeconds": 0, "containers": [
                   {"name": "a", "image": "app:1", "command": ["/bin/sleep", "600"]},
                   {"name": "b", "image": "app:1", "command": ["/bin/sh", "-c",
                     "sleep 600 & sleep 600 & dd if=/dev/zero of=/big bs=1M count=8 oflag=direct; exec perl -e 'push @all, chr($_) x (1 << 20) for 65..88; do { ($u, $s) = times } while $u + $s < 1; sleep 600'"]}]}""");
        bench.events().await("started", "web/a");
        bench.events().await("started", "web/b");
        try (ServerSocket server = new ServerSocket(0)) {
            CompletableFuture<Integer> talk = CompletableFuture.supplyAsync(() -> talk(server));
            inside(
                    "web",
                    "a",
                    "dd if=/dev/zero bs=64k count=16 2>/dev/null | busybox nc 10.213.79.1 " + server.getLocalPort()
                            + " >/dev/null");
            assertThat(talk.get()).isEqualTo(SENT);
        }
        // A sample may fall into the talk, and its programs are the container's as long as they run.
        ContainerUsageSampled quiet = bench.events()
                .awaitUse(
                        "web/a",
                        use -> use.getNetworkTransmitBytes() >= SENT
                                && use.getNetworkReceiveBytes() >= RECEIVED
                                && use.getPids() == 1);
        ContainerUsageSampled busy = bench.events().awaitUse("web/b", use -> use.getCpuNanos() >= 1_000_000_000L);
        assertThat(quiet.getNetworkTransmitBytes()).isBetween((long) SENT, SENT * 12L / 10);
        assertThat(quiet.getNetworkReceiveBytes()).isBetween((long) RECEIVED, RECEIVED * 12L / 10);
        assertThat(quiet.getCpuNanos()).isLessThan(900_000_000L);
        assertThat(quiet.getIoWriteBytes()).isZero();
        assertThat(busy.getCpuNanos()).isLessThan(2_500_000_000L);
        assertThat(busy.getMemoryUsageBytes()).isBetween(24L << 20, 48L << 20);
        assertThat(busy.getMemoryWorkingSetBytes()).isBetween(24L << 20, busy.getMemoryUsageBytes());
        assertThat(busy.getIoWriteBytes()).as("and the file system's own").isBetween(8L << 20, 10L << 20);
        assertThat(busy.getPids()).isEqualTo(3);
        assertThat(busy.getNetworkTransmitBytes()).as("told once for a pod").isZero();
    }

    /** Reads what comes, and answers with three times as much. */
    private static int talk(ServerSocket server) {
        try (Socket socket = server.accept()) {
            int read = socket.getInputStream().readNBytes(SENT).length;
            socket.getOutputStream().write(new byte[RECEIVED]);
            return read;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aContainerThatEndsBetweenTwoSamplesHasALastOne() throws Exception {
        bench.assignSpec("web", """
                {"terminationGracePeriodSeconds": 0, "restartPolicy": "Never", "containers": [
                   {"name": "a", "image": "app:1", "command": ["/bin/sh", "-c", "exec perl -e 'do { ($u, $s) = times } while $u + $s < 0.5'"]}]}""");
        bench.events().await("exited", "web/a");
        assertThat(bench.events().awaitUse("web/a", _ -> true).getCpuNanos()).isBetween(500_000_000L, 1_500_000_000L);
    }
}
