package dev.waybill.gateway.state.kafka;

import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceImage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** This instance's own read_committed view of the resource log, always moving forward. Thread-safe. */
public interface ResourceTail {

    /** The newest image; one volatile read. */
    ResourceImage image();

    /** Completes once the image is at this revision or later. */
    CompletableFuture<ResourceImage> awaitRevision(long revision);

    /** Completes once the image holds everything that was committed before the call. */
    CompletableFuture<ResourceImage> awaitLogEnd();

    /**
     * Every change after {@code revision}, in order and without a gap: those that are past already before this
     * returns, later ones on the tail's thread, which the listener must not block.
     *
     * @throws RevisionGoneException when history no longer reaches back to it (HTTP 410)
     */
    Subscription subscribe(long revision, Consumer<List<ResourceDelta>> listener) throws RevisionGoneException;

    /** The same for objects of one type only: its listener is not called for others. */
    Subscription subscribe(long revision, Type type, Consumer<List<ResourceDelta>> listener)
            throws RevisionGoneException;

    /** Every subscriber has been told of everything up to this revision. */
    long delivered();

    /** Keeps an image for as long as watches can start from it: lists in pages show one revision on all of them. */
    void pin(ResourceImage image);

    /** The image of a revision that was pinned; null when it is gone. */
    @Nullable
    ResourceImage pinned(long revision);

    /** What a subscriber may confine itself to. */
    record Type(String group, String resource) {}

    /** Ends when closed; nothing is delivered after that. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
