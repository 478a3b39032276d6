package dev.waybill.node.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Carries bytes between a client and a command until the command has ended. Blocks its caller; used by one thread. */
public final class CommandSession {
    /** A process that the command left running may hold its output open: after this long without a byte it is over. */
    private static final Duration QUIET = Duration.ofSeconds(1);

    private static final int BUFFER_BYTES = 32 << 10;

    private final ClientStreams client;
    private final RunningCommand command;
    private final AtomicLong lastByteNanos = new AtomicLong(System.nanoTime());

    private CommandSession(ClientStreams client, RunningCommand command) {
        this.client = client;
        this.command = command;
    }

    public static void run(ClientStreams client, RunningCommand command) throws IOException, InterruptedException {
        new CommandSession(client, command).run();
    }

    private void run() throws IOException, InterruptedException {
        try (command) {
            client.onGone(command::abandon);
            client.onResize(command::resize);
            pump("stdin", client.stdin(), command.stdin());
            Thread out = pump("stdout", command.stdout(), client.stdout());
            Thread err = pump("stderr", command.stderr(), client.stderr());
            CommandStatus status = command.await();
            settle(out);
            settle(err);
            client.finish(status);
        }
    }

    private void settle(Thread pump) throws InterruptedException {
        lastByteNanos.set(System.nanoTime());
        while (!pump.join(QUIET) && System.nanoTime() - lastByteNanos.get() < QUIET.toNanos()) {
            // Bytes still come.
        }
    }

    /** On a platform thread, since a terminal is read in the kernel. */
    private Thread pump(String name, InputStream from, OutputStream to) {
        return Thread.ofPlatform().daemon().name("stream-" + name).start(() -> {
            try (from;
                    to) {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                    to.write(buffer, 0, count);
                    to.flush();
                    lastByteNanos.set(System.nanoTime());
                }
            } catch (IOException | RuntimeException e) {
                // One end is gone; the other pumps and the command's end tell.
            }
        });
    }
}
