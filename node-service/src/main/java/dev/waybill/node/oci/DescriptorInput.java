package dev.waybill.node.oci;

import dev.waybill.node.kernel.Descriptor;
import dev.waybill.node.kernel.KernelException;
import java.io.IOException;
import java.io.InputStream;

/** What comes out of a descriptor; closing it leaves the descriptor open. For one thread. */
final class DescriptorInput extends InputStream {
    private final Descriptor descriptor;
    private byte[] piece = new byte[0];

    DescriptorInput(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (piece.length != length) {
            piece = new byte[length];
        }
        try {
            int count = descriptor.read(piece);
            System.arraycopy(piece, 0, into, offset, Math.max(0, count));
            return count;
        } catch (KernelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
