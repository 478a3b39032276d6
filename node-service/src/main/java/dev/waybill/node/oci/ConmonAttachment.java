package dev.waybill.node.oci;

import dev.waybill.node.kernel.Descriptor;
import dev.waybill.node.kernel.KernelException;
import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.CommandStatus;
import dev.waybill.node.stream.RunningCommand;
import dev.waybill.node.stream.StreamBuffer;
import dev.waybill.node.stream.TerminalSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * A container's own process, through the socket of its conmon: each packet from there begins with the stream's number,
 * what goes there is typed as it is. Its end is the end of the process or of the client. See {@link RunningCommand}.
 */
final class ConmonAttachment implements RunningCommand {
    private static final int STDERR = 3;
    private static final int PACKET_BYTES = 8193;

    private final Descriptor socket;
    private final Path control;
    private final CommandRequest request;
    private final StreamBuffer stdout = new StreamBuffer();
    private final StreamBuffer stderr = new StreamBuffer();
    private final CountDownLatch over = new CountDownLatch(1);

    private ConmonAttachment(Descriptor socket, Path control, CommandRequest request) {
        this.socket = socket;
        this.control = control;
        this.request = request;
    }

    /**
     * Attaches.
     *
     * @param socket the container's attach socket
     * @param bundle where its conmon listens for the terminal's size
     * @throws CommandFailedException when its conmon does not answer
     */
    static ConmonAttachment attach(Path socket, Path bundle, CommandRequest request) {
        try {
            ConmonAttachment attachment =
                    new ConmonAttachment(Descriptor.connectPackets(socket), bundle.resolve("ctl"), request);
            Thread.ofPlatform().daemon().name("stream-attach").start(attachment::receive);
            return attachment;
        } catch (KernelException e) {
            throw new CommandFailedException("attach: " + e.getMessage(), e);
        }
    }

    private void receive() {
        byte[] packet = new byte[PACKET_BYTES];
        try {
            for (int count = socket.read(packet); count > 0; count = socket.read(packet)) {
                byte[] content = Arrays.copyOfRange(packet, 1, count);
                boolean error = packet[0] == STDERR;
                if (error && request.stderr()) {
                    stderr.put(content);
                } else if (!error && request.stdout()) {
                    stdout.put(content);
                }
            }
        } catch (IOException | KernelException e) {
            // As good as the end.
        } finally {
            stdout.end();
            stderr.end();
            over.countDown();
        }
    }

    @Override
    public OutputStream stdin() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                try {
                    // conmon reads no more than this from one packet.
                    for (int at = 0; at < length; at += PACKET_BYTES - 1) {
                        socket.write(bytes, offset + at, Math.min(PACKET_BYTES - 1, length - at));
                    }
                } catch (KernelException e) {
                    throw new IOException(e.getMessage(), e);
                }
            }

            @Override
            public void close() {
                if (request.stdin()) {
                    endInput();
                }
            }
        };
    }

    private void endInput() {
        try {
            socket.endOutput();
        } catch (KernelException e) {
            // The process has ended.
        }
    }

    @Override
    public InputStream stdout() {
        return stdout;
    }

    @Override
    public InputStream stderr() {
        return stderr;
    }

    @Override
    public void resize(TerminalSize size) {
        String line = "1 " + size.rows() + " " + size.columns() + "\n";
        try (OutputStream out = Files.newOutputStream(control, StandardOpenOption.WRITE)) {
            out.write(line.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The container has no terminal, or has ended.
        }
    }

    @Override
    public CommandStatus await() throws InterruptedException {
        over.await();
        return new CommandStatus.Success();
    }

    /** The process goes on; only this client's connection ends. */
    @Override
    public void abandon() {
        socket.close();
    }

    @Override
    public void close() {
        socket.close();
    }
}
