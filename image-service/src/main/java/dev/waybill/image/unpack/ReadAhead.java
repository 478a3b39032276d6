package dev.waybill.image.unpack;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream on a thread of its own, at most {@link #BLOCKS} blocks ahead of the reader, so that what makes the
 * bytes and what uses them run at the same time. One reader.
 */
final class ReadAhead extends InputStream {

    private static final int BLOCKS = 8;
    static final int BLOCK_BYTES = 128 << 10;

    /** Opens what is read, on the thread that reads it. */
    interface Source {
        InputStream open() throws IOException;
    }

    private static final class Block {
        private final byte[] bytes = new byte[BLOCK_BYTES];
        private int length;
        private @Nullable Throwable failure;
    }

    private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS);
    private final BlockingQueue<Block> free = new ArrayBlockingQueue<>(BLOCKS);
    private final Thread thread;
    private volatile boolean closed;
    private @Nullable Block current;
    private int at;

    ReadAhead(String name, Source source) {
        for (int i = 0; i < BLOCKS; i++) {
            free.add(new Block());
        }
        thread = Thread.ofPlatform().daemon().name(name).start(() -> fill(source));
    }

    private void fill(Source source) {
        try {
            try (InputStream in = source.open()) {
                boolean more = true;
                while (more && !closed) {
                    Block block = free.take();
                    block.length = in.readNBytes(block.bytes, 0, BLOCK_BYTES);
                    more = block.length == BLOCK_BYTES;
                    if (block.length > 0) {
                        full.put(block);
                    }
                }
            }
            end(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | Error e) {
            end(e);
        }
    }

    /** There is always room for it: one block of all is taken for the end. */
    private void end(@Nullable Throwable failure) {
        Block last = new Block();
        last.length = -1;
        last.failure = failure;
        try {
            while (!closed && !full.offer(last, 1, java.util.concurrent.TimeUnit.SECONDS)) {
                // the reader has all blocks to read yet
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        Block block = current;
        if (block == null || (block.length >= 0 && at == block.length)) {
            block = next(block);
        }
        if (block.length < 0) {
            throwFailure(block);
            return -1;
        }
        int count = Math.min(length, block.length - at);
        System.arraycopy(block.bytes, at, bytes, offset, count);
        at += count;
        return count;
    }

    private Block next(@Nullable Block used) throws InterruptedIOException {
        try {
            if (used != null) {
                free.put(used);
            }
            current = null;
            Block block = full.take();
            current = block;
            at = 0;
            return block;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while a layer arrived");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private static void throwFailure(Block block) throws IOException {
        switch (block.failure) {
            case null -> {
                // the end
            }
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IOException(block.failure);
        }
    }

    /** Ends the thread; returns once it reads no more. */
    @Override
    public void close() throws IOException {
        closed = true;
        full.clear();
        free.offer(new Block());
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
