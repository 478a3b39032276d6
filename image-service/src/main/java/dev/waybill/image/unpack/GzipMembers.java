package dev.waybill.image.unpack;

import dev.waybill.image.kernel.IsaL;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A gzip file of one or more members (RFC 1952, 2.2), inflated by ISA-L. One thread. */
final class GzipMembers extends InputStream {

    private static final int IN_BYTES = 64 << 10;
    private static final int FIRST_MAGIC_BYTE = 0x1f;

    private final InputStream in;
    private final byte[] input = new byte[IN_BYTES];
    private final IsaL inflater = new IsaL(IN_BYTES, ReadAhead.BLOCK_BYTES);
    private boolean ended;

    GzipMembers(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (!ended && length > 0) {
            if (inflater.finished()) {
                // what follows the last member and is none is padding, as gzip itself sees it
                ended = !moreInput() || inflater.peek() != FIRST_MAGIC_BYTE;
                if (!ended) {
                    inflater.nextMember();
                }
                continue;
            }
            int count = inflater.inflate(bytes, offset, length);
            if (count > 0) {
                return count;
            }
            if (!inflater.finished()) {
                feed();
            }
        }
        return length == 0 ? 0 : -1;
    }

    private void feed() throws IOException {
        if (inflater.inputLeft() > 0) {
            throw new IOException("the gzip stream is damaged");
        }
        if (!moreInput()) {
            throw new EOFException("the gzip stream ends within a member");
        }
    }

    private boolean moreInput() throws IOException {
        if (inflater.inputLeft() > 0) {
            return true;
        }
        int count = in.read(input, 0, input.length);
        if (count <= 0) {
            return false;
        }
        inflater.input(input, count);
        return true;
    }

    @Override
    public void close() throws IOException {
        inflater.close();
        in.close();
    }
}
