package dev.waybill.image.registry.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A response whose body is read as it arrives; for one reader. Closing it before the body's end ends the connection,
 * after it the connection serves the next request.
 */
final class Answer extends InputStream {

    private static final Logger log = LoggerFactory.getLogger(Answer.class);
    private static final long SLOWEST_BYTES_PER_SECOND = 1024;
    private static final int MAX_ERROR_TEXT = 500;

    private final HttpUriRequestBase request;
    private final ClassicHttpResponse response;
    private final InputStream body;
    private final StallGuard.Watch watch;
    private final Duration stall;
    private long waitedNanos;
    private long bytes;
    private boolean ended;

    Answer(HttpUriRequestBase request, ClassicHttpResponse response, StallGuard guard, Duration stall)
            throws IOException {
        this.request = request;
        this.response = response;
        this.stall = stall;
        HttpEntity entity = response.getEntity();
        this.ended = entity == null;
        this.body = entity == null ? InputStream.nullInputStream() : entity.getContent();
        this.watch = guard.watch(stall, request::cancel);
    }

    int status() {
        return response.getCode();
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(response.getFirstHeader(name)).map(Header::getValue);
    }

    List<String> headers(String name) {
        return Arrays.stream(response.getHeaders(name)).map(Header::getValue).toList();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        watch.begin();
        int count;
        try {
            count = body.read(buffer, offset, length);
        } catch (IOException e) {
            throw watch.expired() ? new IOException("no byte arrived for " + stall.toMillis() + " ms", e) : e;
        } finally {
            waitedNanos += watch.end();
        }
        ended |= count < 0;
        bytes += Math.max(count, 0);
        if (count >= 0 && waitedNanos > stall.toNanos()) {
            checkRate();
        }
        return count;
    }

    private void checkRate() throws IOException {
        if (bytes * 1000 < SLOWEST_BYTES_PER_SECOND * stall.toMillis()) {
            throw new IOException("only " + bytes + " bytes arrived in " + stall.toMillis() + " ms");
        }
        bytes = 0;
        waitedNanos = 0;
    }

    /** The start of an error's text. */
    String text() {
        try {
            return new String(readNBytes(MAX_ERROR_TEXT), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            log.debug("no error text from {}", request.getRequestUri(), e);
            return "";
        }
    }

    /** Gives up an answer whose body says nothing, and keeps the connection if the body is short. */
    void discard() {
        var _ = text();
        close();
    }

    @Override
    public void close() {
        watch.close();
        if (!ended) {
            // or closing would read the rest
            request.cancel();
        }
        try {
            response.close();
        } catch (IOException e) {
            log.debug("closing {}", request.getRequestUri(), e);
        }
    }

    /** Ends a read of another thread. */
    void abort() {
        request.cancel();
    }
}
