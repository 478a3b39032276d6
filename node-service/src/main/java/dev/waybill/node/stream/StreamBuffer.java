package dev.waybill.node.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Bytes between one writer, who waits while they are too many, and one reader, who waits for some. Thread-safe. */
public final class StreamBuffer extends InputStream {
    private static final int MOST_BYTES = 256 << 10;

    private final Deque<byte[]> chunks = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int held;
    private int offset;
    private boolean ended;
    private boolean dropped;

    /** Adds bytes, which the buffer keeps; waits while it is full, and forgets them when nobody reads any more. */
    public void put(byte[] bytes) throws IOException {
        lock.lock();
        try {
            waitWhile(() -> held >= MOST_BYTES && !ended && !dropped);
            if (!ended && !dropped && bytes.length > 0) {
                chunks.add(bytes);
                held += bytes.length;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more comes; what is here can still be read. */
    public void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            waitWhile(() -> chunks.isEmpty() && !ended && !dropped);
            if (chunks.isEmpty() || dropped) {
                return -1;
            }
            return take(into, at, length);
        } finally {
            lock.unlock();
        }
    }

    private int take(byte[] into, int at, int length) {
        byte[] first = chunks.element();
        int count = Math.min(length, first.length - offset);
        System.arraycopy(first, offset, into, at, count);
        offset += count;
        if (offset == first.length) {
            chunks.remove();
            offset = 0;
        }
        held -= count;
        changed.signalAll();
        return count;
    }

    private void waitWhile(BooleanSupplier condition) throws InterruptedIOException {
        try {
            while (condition.getAsBoolean()) {
                changed.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Nobody reads any more: the writer need not wait. */
    @Override
    public void close() {
        lock.lock();
        try {
            dropped = true;
            chunks.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
