package dev.waybill.image.fetch.ingest;

import dev.waybill.image.fetch.BlobDownload;
import dev.waybill.image.registry.BlobStream;
import dev.waybill.image.registry.ByteRange;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A blob whose segments come over several connections into a file, lowest first, and are read from there in order as
 * soon as their bytes are in. One reader; writers are threads of an executor. Memory: a buffer for each connection.
 */
final class RangedBlob extends InputStream implements BlobDownload {

    private static final int BUFFER_BYTES = 128 << 10;

    private final IngestFile file;
    private final Ranges ranges;
    private final Ending ending;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final long[] filledTo;
    private final Set<BlobStream> open = new HashSet<>();
    private int nextSegment;
    private int writers;
    private boolean closing;
    private boolean forgotten;
    private @Nullable IOException failure;
    private long position;

    /** Opens a range of the blob. */
    @FunctionalInterface
    interface Ranges {
        /** Blocks until its first bytes are at hand. */
        BlobStream open(ByteRange range) throws IOException;
    }

    /** Told once, when neither reader nor writer uses the file any more. */
    @FunctionalInterface
    interface Ending {
        /** Closes the file, and removes it unless it is to be kept. */
        void end(boolean keep);
    }

    RangedBlob(IngestFile file, Ranges ranges, Ending ending) {
        this.file = file;
        this.ranges = ranges;
        this.ending = ending;
        this.filledTo = new long[file.segments()];
        for (int i = 0; i < filledTo.length; i++) {
            filledTo[i] = file.wasPresent(i) ? file.end(i) : file.from(i);
        }
    }

    /** The first segment that must be fetched; -1 when all are there. */
    int firstMissing() {
        for (int i = 0; i < filledTo.length; i++) {
            if (filledTo[i] < file.end(i)) {
                return i;
            }
        }
        return -1;
    }

    /** Starts writers; the first goes on with the stream of the first missing segment. */
    void start(BlobStream first, Executor threads, int connections) {
        int missing = firstMissing();
        lock.lock();
        try {
            nextSegment = missing + 1;
            writers = connections;
            open.add(first);
        } finally {
            lock.unlock();
        }
        threads.execute(() -> run(first, missing));
        for (int i = 1; i < connections; i++) {
            threads.execute(() -> run(null, -1));
        }
    }

    private void run(@Nullable BlobStream begun, int segment) {
        try {
            byte[] buffer = new byte[BUFFER_BYTES];
            if (begun != null) {
                copy(begun, segment, buffer);
            }
            for (int next = next(); next >= 0; next = next()) {
                BlobStream stream = ranges.open(new ByteRange(file.from(next), file.end(next)));
                if (!register(stream)) {
                    stream.close();
                    return;
                }
                copy(stream, next, buffer);
            }
        } catch (IOException | RuntimeException e) {
            fail(e instanceof IOException io ? io : new IOException(e));
        } finally {
            writerEnds();
        }
    }

    private void copy(BlobStream stream, int segment, byte[] buffer) throws IOException {
        try (stream) {
            long at = file.from(segment);
            for (int count = stream.read(buffer, 0, buffer.length);
                    count >= 0;
                    count = stream.read(buffer, 0, buffer.length)) {
                file.write(buffer, count, at);
                at += count;
                arrived(segment, at);
            }
            file.finished(segment);
        } finally {
            lock.lock();
            try {
                open.remove(stream);
            } finally {
                lock.unlock();
            }
        }
    }

    private void arrived(int segment, long to) {
        lock.lock();
        try {
            filledTo[segment] = to;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean register(BlobStream stream) {
        lock.lock();
        try {
            return !closing && open.add(stream);
        } finally {
            lock.unlock();
        }
    }

    private int next() {
        lock.lock();
        try {
            while (!closing && failure == null && nextSegment < filledTo.length) {
                int segment = nextSegment++;
                if (filledTo[segment] < file.end(segment)) {
                    return segment;
                }
            }
            return -1;
        } finally {
            lock.unlock();
        }
    }

    /** One connection that fails for good fails the blob; what the others have is kept. */
    private void fail(IOException e) {
        lock.lock();
        try {
            if (failure == null && !closing) {
                failure = e;
                open.forEach(BlobStream::abort);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void writerEnds() {
        boolean last;
        boolean keep;
        lock.lock();
        try {
            writers--;
            last = closing && writers == 0;
            keep = !forgotten;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (last) {
            ending.end(keep);
        }
    }

    @Override
    public InputStream stream() {
        return this;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (position == file.end(filledTo.length - 1)) {
            return -1;
        }
        long available = awaitBytes(file.segmentOf(position)) - position;
        int count = file.read(bytes, offset, (int) Math.min(length, available), position);
        if (count < 0) {
            throw new IOException("a file of the ingest directory was cut short");
        }
        position += count;
        return count;
    }

    private long awaitBytes(int segment) throws IOException {
        lock.lock();
        try {
            while (filledTo[segment] <= position) {
                if (failure != null) {
                    throw failure;
                }
                if (closing) {
                    throw new IOException("the blob was closed");
                }
                changed.await();
            }
            return filledTo[segment];
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for a range");
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void forget() {
        lock.lock();
        try {
            forgotten = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void abort() {
        fail(new IOException("the blob was closed"));
    }

    /** The last one out closes the file. */
    @Override
    public void close() {
        boolean last;
        boolean keep;
        lock.lock();
        try {
            if (closing) {
                return;
            }
            closing = true;
            open.forEach(BlobStream::abort);
            last = writers == 0;
            keep = !forgotten;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (last) {
            ending.end(keep);
        }
    }
}
