package dev.waybill.image.pull.kafka;

import dev.waybill.events.ImagePullRequested;
import dev.waybill.image.chain.StorageDriver;
import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.credentials.PullSecrets;
import dev.waybill.image.fetch.ImageFetcher;
import dev.waybill.image.pull.PullDecision;
import dev.waybill.image.pull.PullFailure;
import dev.waybill.image.pull.PullRequest;
import dev.waybill.image.pull.RunningPulls;
import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.reference.InvalidReferenceException;
import dev.waybill.image.registry.Registries;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.runtime.EventHandler;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.ReceivedEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers this node's pull requests: at once from the disk where it can, else by a pull on a virtual thread of its own,
 * so that none holds up another. Thread-safe.
 *
 * <p>A request is committed once it was handed over. One that is lost with the process comes again, since a node repeats
 * its request every 10 s until it has an answer; for the same reason old requests are passed over.
 */
public final class ImagePullListener implements EventHandler, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ImagePullListener.class);

    /** Pulls that may wait for their turn; a node has 110 pods or so. */
    private static final int MAX_PULLS = 1000;

    /** The node has read a Secret before it asks; our own reading of the same partition may be a little behind. */
    private static final Duration SECRETS_REACH_US = Duration.ofSeconds(5);

    private final String nodeName;
    private final ImageStore images;
    private final StorageDriver driver;
    private final ImageFetcher fetcher;
    private final Registries registries;
    private final PullSecrets secrets;
    private final ImageEventsPublisher events;
    private final Clock clock;
    private final Duration maxAge;
    private final Semaphore turns;
    private final RunningPulls running = new RunningPulls(MAX_PULLS);
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("pull-", 0).factory());

    /**
     * @param maxAge requests older than this are not answered any more
     * @param parallel pulls at once
     */
    public ImagePullListener(
            String nodeName,
            ImageStore images,
            StorageDriver driver,
            ImageFetcher fetcher,
            Registries registries,
            PullSecrets secrets,
            EventPublisher publisher,
            Clock clock,
            Duration maxAge,
            int parallel) {
        this.nodeName = nodeName;
        this.images = images;
        this.driver = driver;
        this.fetcher = fetcher;
        this.registries = registries;
        this.secrets = secrets;
        this.events = new ImageEventsPublisher(publisher, nodeName);
        this.clock = clock;
        this.maxAge = maxAge;
        this.turns = new Semaphore(parallel);
    }

    @Override
    public void handle(ReceivedEvent received) {
        if (!(received.event() instanceof ImagePullRequested requested)
                || !requested.getNodeName().equals(nodeName)) {
            return;
        }
        if (received.timestamp().isBefore(clock.instant().minus(maxAge))) {
            log.info(
                    "request {} for {} is too old to be waited for",
                    requested.getRequestId(),
                    requested.getReference());
            return;
        }
        PullRequest request = new PullRequest(
                requested.getRequestId(),
                requested.getReference(),
                requested.getPullPolicy(),
                requested.getNamespace(),
                requested.getPullSecrets(),
                received.trace(),
                System.nanoTime());
        Function<ImageReference, Optional<StoredImage>> present = reference -> images.find(reference.toString());
        switch (PullDecision.decide(request.reference(), request.pullPolicy(), present)) {
            case PullDecision.Answer(StoredImage image) -> answer(request, image);
            case PullDecision.Refuse(PullFailure failure) -> events.failed(request, failure);
            case PullDecision.Fetch(ImageReference reference) -> start(request, reference, Optional.empty());
            case PullDecision.Resolve(ImageReference reference, StoredImage image) ->
                start(request, reference, Optional.of(image));
        }
    }

    private void answer(PullRequest request, StoredImage image) {
        try {
            fetcher.admit(ImageReference.parse(request.reference()));
        } catch (IOException | InvalidReferenceException e) {
            events.failed(request, PullFailure.of(e));
            return;
        }
        Optional<List<Path>> paths = driver.find(image);
        if (paths.isPresent()) {
            ready(request, image, paths.get(), true);
        } else {
            threads.execute(() -> prepare(request, image));
        }
    }

    /** An image that is whole, but was pulled for another driver. */
    private void prepare(PullRequest request, StoredImage image) {
        try {
            ready(request, image, driver.prepare(image), true);
        } catch (IOException | RuntimeException e) {
            log.debug("no tree of {}", request.reference(), e);
            if (!threads.isShutdown()) {
                events.failed(request, PullFailure.of(e));
            }
        }
    }

    private void ready(PullRequest request, StoredImage image, List<Path> paths, boolean alreadyPresent) {
        events.ready(
                request,
                image,
                new ImageEventsPublisher.Roots(images.layers().directory(), driver.name(), paths),
                alreadyPresent,
                repoDigest(request, image));
    }

    private void start(PullRequest request, ImageReference reference, Optional<StoredImage> present) {
        switch (running.join(request.sharedAs(reference.toString()), request)) {
            case FIRST -> threads.execute(() -> pull(request, reference, present));
            case JOINED -> log.debug("request {} joins the pull of {}", request.id(), reference);
            case FULL ->
                events.failed(
                        request,
                        new PullFailure(
                                PullFailure.ERR_IMAGE_PULL,
                                "more than " + MAX_PULLS + " images are being pulled",
                                true));
        }
    }

    private void pull(PullRequest first, ImageReference reference, Optional<StoredImage> present) {
        try {
            turns.acquire();
            try {
                fetcher.admit(reference);
                Keyring keyring = secrets.of(first.namespace(), first.pullSecrets(), SECRETS_REACH_US);
                Registry registry = registries.with(keyring);
                boolean current = present.isPresent() && fetcher.isCurrent(registry, reference, present.get());
                StoredImage image =
                        current ? present.get() : fetcher.fetch(registry, reference, events.layersOf(first));
                List<Path> paths = driver.prepare(image);
                running.finish(first.sharedAs(reference.toString()))
                        .forEach(request -> ready(request, image, paths, current));
            } finally {
                turns.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(first, reference, e);
        } catch (IOException | RuntimeException | Error e) {
            end(first, reference, e);
        }
    }

    private void end(PullRequest first, ImageReference reference, Throwable cause) {
        log.debug("pull of {} failed", reference, cause);
        List<PullRequest> waiting = running.finish(first.sharedAs(reference.toString()));
        if (!threads.isShutdown()) {
            PullFailure failure = PullFailure.of(cause);
            waiting.forEach(request -> events.failed(request, failure));
        }
    }

    private static String repoDigest(PullRequest request, StoredImage image) {
        try {
            return image.references()
                    .getOrDefault(ImageReference.parse(request.reference()).toString(), "");
        } catch (InvalidReferenceException e) {
            throw new IllegalStateException("decided to be valid before", e);
        }
    }

    /** Breaks pulls off; their requests stay unanswered and are repeated. */
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
