package dev.waybill.node.oci;

import dev.waybill.node.kernel.Descriptor;
import dev.waybill.node.kernel.KernelException;
import java.io.IOException;
import java.io.OutputStream;

/** What is typed into a terminal. Its end is typed too (Ctrl-D), since a terminal's input has none. For one thread. */
final class TerminalInput extends OutputStream {
    private static final byte[] END_OF_TRANSMISSION = {4};

    private final Descriptor terminal;

    TerminalInput(Descriptor terminal) {
        this.terminal = terminal;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            terminal.write(bytes, offset, length);
        } catch (KernelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        write(END_OF_TRANSMISSION, 0, 1);
    }
}
