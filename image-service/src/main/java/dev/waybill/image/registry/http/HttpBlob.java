package dev.waybill.image.registry.http;

import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.hosts.Endpoint;
import dev.waybill.image.registry.BlobStream;
import dev.waybill.image.registry.ByteRange;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.RegistryException;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A blob that goes on where it broke off: at the same address while its attempts last, then at the next one. Bytes that
 * came are never asked for again, except of a registry that knows no ranges. For one reader; any thread may abort it.
 */
final class HttpBlob extends BlobStream {

    private static final Logger log = LoggerFactory.getLogger(HttpBlob.class);

    /** A connection that brought so much may break again without being held to account for earlier ones. */
    private static final long FORGIVEN_BYTES = 1 << 20;

    private static final int PARTIAL_CONTENT = 206;

    private final Source source;
    private final Descriptor blob;
    private final Addresses addresses;
    private long position;
    private long end;
    private long resumedAt;
    private boolean whole;
    private int failures;
    private volatile boolean closed;
    private volatile @Nullable Answer answer;
    private DownloadLimits.@Nullable Turn turn;

    /** What a blob is read with. */
    record Source(Requests requests, Backoff backoff, DownloadLimits limits, String repository, Keyring pullSecrets) {}

    HttpBlob(Source source, Addresses addresses, Descriptor blob, ByteRange range) throws IOException {
        this.source = source;
        this.addresses = addresses;
        this.blob = blob;
        this.position = range.from();
        this.end = range.end();
        this.whole = range.equals(ByteRange.all(blob));
        this.resumedAt = range.from();
        try {
            goOn();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public boolean ranged() {
        return !whole;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        while (true) {
            if (closed) {
                throw new IOException("the blob was closed");
            }
            try {
                return readOnce(buffer, offset, length);
            } catch (IOException e) {
                brokeOff(e);
                goOn();
            }
        }
    }

    private int readOnce(byte[] buffer, int offset, int length) throws IOException {
        Answer open = answer;
        if (open == null) {
            throw new IOException("the blob was closed");
        }
        if (position == end) {
            expectEnd(open);
            return -1;
        }
        int wanted = source.limits.portion((int) Math.min(length, end - position));
        int count = open.read(buffer, offset, wanted);
        if (count < 0) {
            throw new EOFException("ended after " + position + " of " + end + " bytes");
        }
        source.limits.took(count);
        position += count;
        if (position - resumedAt >= FORGIVEN_BYTES) {
            failures = 0;
        }
        return count;
    }

    /** A body that goes on behind the blob's end is not this blob. */
    private void expectEnd(Answer open) throws IOException {
        // a range is over only when the body's end was seen: that frees the connection
        if (open.read() >= 0 && whole) {
            throw new DigestMismatchException(
                    "layer " + blob.digest() + ": wrong size in bytes", blob.sizeBytes(), "more");
        }
    }

    private void brokeOff(IOException e) throws IOException {
        release();
        if (closed) {
            throw e;
        }
        failed(e);
    }

    /** Opens the rest, at whatever address has it. */
    private void goOn() throws IOException {
        while (true) {
            try {
                open();
                resumedAt = position;
                return;
            } catch (IOException e) {
                release();
                if (closed) {
                    throw e;
                }
                failed(e);
            }
        }
    }

    private void failed(IOException e) throws IOException {
        Endpoint endpoint = addresses.current();
        String what = endpoint + ": layer " + blob.digest();
        if (addresses.mayFailOver(e)) {
            log.info("{} at byte {}: {}; going on at {}", what, position, e.getMessage(), addresses.current());
            failures = 0;
            return;
        }
        failures++;
        source.backoff.pauseAfter(what, e, failures);
        log.info("{} goes on at byte {} after: {}", what, position, e.getMessage());
    }

    private void open() throws IOException {
        Endpoint endpoint = addresses.current();
        turn = source.limits.await(endpoint.base().getAuthority());
        boolean part = position > 0 || !whole;
        Map<String, String> headers = part ? Map.of("Range", "bytes=" + position + "-" + (end - 1)) : Map.of();
        Answer fresh = source.requests.send(
                endpoint,
                new Requests.Request("GET", source.repository, "blobs/" + blob.digest(), headers),
                source.pullSecrets);
        answer = fresh;
        if (closed) {
            throw new IOException("the blob was closed");
        }
        if (fresh.status() == PARTIAL_CONTENT) {
            checkRange(fresh);
        } else {
            checkLength(fresh);
            if (position == 0) {
                whole = true;
                end = blob.sizeBytes();
            }
            skip(fresh, position);
        }
    }

    private void checkRange(Answer fresh) throws IOException {
        String range = fresh.header("Content-Range").orElse("");
        String start = "bytes " + position + "-";
        if (!range.startsWith(start)) {
            throw new IOException("asked for bytes from " + position + ", got Content-Range \"" + range + "\"");
        }
        String total = range.substring(range.indexOf('/') + 1);
        if (!total.equals("*") && !total.equals(Long.toString(blob.sizeBytes()))) {
            throw new DigestMismatchException(
                    "layer " + blob.digest() + ": wrong size in bytes", blob.sizeBytes(), total);
        }
    }

    /** A registry that announces another length than the manifest need not be read. */
    private void checkLength(Answer fresh) throws IOException {
        if (fresh.status() != 200) {
            throw new RegistryException("layer " + blob.digest() + ": status " + fresh.status(), fresh.status());
        }
        String length = fresh.header("Content-Length").orElse(Long.toString(blob.sizeBytes()));
        if (!length.equals(Long.toString(blob.sizeBytes()))) {
            throw new EOFException(
                    "layer " + blob.digest() + " has " + blob.sizeBytes() + " bytes, the registry announces " + length);
        }
    }

    private void skip(Answer fresh, long bytes) throws IOException {
        byte[] skipped = new byte[64 << 10];
        for (long left = bytes; left > 0; ) {
            int count = fresh.read(skipped, 0, source.limits.portion((int) Math.min(left, skipped.length)));
            if (count < 0) {
                throw new EOFException("ended before byte " + position);
            }
            source.limits.took(count);
            left -= count;
        }
    }

    private void release() {
        Answer open = answer;
        answer = null;
        if (open != null) {
            open.close();
        }
        DownloadLimits.Turn mine = turn;
        turn = null;
        if (mine != null) {
            mine.close();
        }
    }

    @Override
    public void abort() {
        closed = true;
        Answer open = answer;
        if (open != null) {
            open.abort();
        }
    }

    @Override
    public void close() {
        closed = true;
        release();
    }

    /** Addresses left to try, the first of them in use. */
    static final class Addresses {
        private final List<Endpoint> endpoints;
        private final MirrorHealth health;
        private int index;

        Addresses(List<Endpoint> endpoints, MirrorHealth health) {
            this.endpoints = endpoints;
            this.health = health;
        }

        Endpoint current() {
            return endpoints.get(index);
        }

        /** Turns to the next address after a failure of a mirror; false where there is none to turn to. */
        boolean mayFailOver(IOException failure) {
            if (index + 1 >= endpoints.size() || !MirrorHealth.concerns(failure)) {
                return false;
            }
            health.failed(endpoints.get(index), failure);
            index++;
            return true;
        }
    }
}
