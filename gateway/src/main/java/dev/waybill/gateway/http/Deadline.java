package dev.waybill.gateway.http;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * When a request must have been answered, its body read included: after the time that its caller grants, and never later
 * than the server's own limit (k8s.io/apiserver/pkg/endpoints/filters/request_deadline.go). Not for what streams.
 * Immutable.
 *
 * @param nanos on the clock of {@link System#nanoTime()}
 */
record Deadline(long nanos) {

    /**
     * Begins now.
     *
     * @param longest the server's limit
     * @throws ApiException 400 when the caller's {@code timeout} cannot be read
     */
    static Deadline of(HttpServletRequest request, Duration longest) {
        String asked = request.getParameter("timeout");
        Duration granted = asked == null || asked.isEmpty() ? Duration.ZERO : parse(asked);
        return in(granted.isPositive() && granted.compareTo(longest) < 0 ? granted : longest);
    }

    /** After a time from now. */
    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    boolean isPast() {
        return left() <= 0;
    }

    /** Work that has to wait before it begins. */
    @FunctionalInterface
    interface Beginning<T> {
        T begin(Duration patience) throws InterruptedException;
    }

    /** What begins in time and within a patience. */
    <T> T begun(Beginning<T> work, Duration patience) {
        try {
            return work.begin(Duration.ofNanos(Math.clamp(left(), 0, patience.toNanos())));
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** What a future comes to, if it does in time and within a patience. */
    <T> T await(CompletableFuture<T> future, Duration patience) throws ExecutionException, TimeoutException {
        boolean patient = patience.toNanos() < left();
        try {
            return future.get(patient ? patience.toNanos() : Math.max(0, left()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            if (patient) {
                throw e;
            }
            throw ApiException.of(
                    504,
                    "Timeout",
                    "Timeout: request did not complete within requested timeout - context deadline exceeded");
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static ApiException interrupted() {
        Thread.currentThread().interrupt();
        return ApiException.of(503, "ServiceUnavailable", "the server is shutting down");
    }

    private long left() {
        return nanos - System.nanoTime();
    }

    private static Duration parse(String text) {
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("invalid timeout specified in the request URL - " + e.getMessage());
        }
    }
}
