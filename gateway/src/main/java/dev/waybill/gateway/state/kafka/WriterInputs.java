package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.NodeSignatures;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * What the writer decides next: what this process's own clients ask, which needs no way through the log, and portions of
 * the topics, which a thread reads ahead. Thread-safe.
 */
final class WriterInputs {
    /** No partition: the request came from a client of this process. */
    static final int OWN = -1;

    private static final Duration POLL = Duration.ofMillis(500);

    /** Records of a portion: while one is decided, those who ask wait. */
    private static final int PORTION = 8;

    /** Portions. */
    private static final int READ_AHEAD = 128;

    /** Text of the requests that wait, each counted with what goes around it. */
    private static final int MAX_WAITING = 32 << 20;

    private static final int AROUND = 2_000;

    /** Something to decide. */
    sealed interface Input {
        /** Whether somebody waits for it. */
        default boolean isUrgent() {
            return true;
        }

        /**
         * Records of the topics.
         *
         * @param read the offset to read on from, by partition
         */
        record Portion(List<ReceivedEvent> events, Map<String, Long> read) implements Input {
            @Override
            public boolean isUrgent() {
                return false;
            }
        }

        /**
         * What a client of this process asks.
         *
         * @param answer completed with the outcome once it is a fact; null when nobody waits for it
         */
        record Own(ReceivedEvent request, @Nullable CompletableFuture<RequestOutcome> answer) implements Input {

            @Override
            public boolean isUrgent() {
                return answer != null;
            }

            /** Whether whoever asked has left. */
            boolean isAbandoned() {
                return answer != null && answer.isDone();
            }

            /** Memory that it takes, about. */
            int weight() {
                return weightOf((DesiredStateRequest) request.event());
            }

            static int weightOf(DesiredStateRequest request) {
                String manifest = request.getManifest();
                return AROUND + (manifest == null ? 0 : manifest.length());
            }
        }

        /**
         * What was postponed was examined.
         *
         * @param of as it was postponed
         * @param now with what is known since
         */
        record Examined(Postponed.Case of, Postponed.Case now) implements Input {}

        /** The topics cannot be read any more. */
        record Broken(RuntimeException cause) implements Input {
            @Override
            public boolean isUrgent() {
                return false; // what was read before comes first
            }
        }

        /** Nothing to decide, but something has happened for which whoever decides may be waiting. */
        record Nudge() implements Input {}
    }

    private final @Nullable NodeSignatures signatures;
    private final InputQueue waiting = new InputQueue();
    private final Semaphore room = new Semaphore(MAX_WAITING);
    private volatile boolean closed;

    /** @param signatures what nodes' records must bear; null where nodes are trusted by Kafka's rights alone */
    WriterInputs(@Nullable NodeSignatures signatures) {
        this.signatures = signatures;
    }

    /** The outcome of a request, once it is a fact; fails at once when too many wait, or another process writes. */
    CompletableFuture<RequestOutcome> ask(DesiredStateRequest request, TraceContext trace) {
        if (closed) {
            return CompletableFuture.failedFuture(NotWritingException.elsewhere());
        }
        if (!room.tryAcquire(Input.Own.weightOf(request))) {
            return CompletableFuture.failedFuture(NotWritingException.busy());
        }
        CompletableFuture<RequestOutcome> answer = new CompletableFuture<>();
        add(new Input.Own(received(request, EventRecords.newId(), trace), answer));
        return answer;
    }

    /** Asks without waiting for an answer, but for room. False when another process writes. */
    boolean tell(DesiredStateRequest request, String id, TraceContext trace) throws InterruptedException {
        if (closed) {
            return false;
        }
        room.acquire(Input.Own.weightOf(request));
        add(new Input.Own(received(request, id, trace), null));
        return true;
    }

    private void add(Input.Own request) {
        waiting.add(request);
        if (closed) { // meanwhile
            close();
        }
    }

    private static ReceivedEvent received(DesiredStateRequest request, String id, TraceContext trace) {
        ResourceKey key =
                new ResourceKey(request.getGroup(), request.getResource(), request.getNamespace(), request.getName());
        return new ReceivedEvent(request, key.logKey(), Topics.REQUESTS.name(), OWN, OWN, Instant.now(), id, trace);
    }

    /** The next input; null when none comes in time. */
    @Nullable
    Input next(Duration patience) throws InterruptedException {
        return taken(waiting.poll(patience));
    }

    /** The next input that cannot wait for another commit; null when there is none. */
    @Nullable
    Input nextUrgent() {
        return taken(waiting.pollUrgent());
    }

    private @Nullable Input taken(@Nullable Input next) {
        if (next instanceof Input.Own own) {
            room.release(own.weight());
        }
        return next;
    }

    /** Whoever waits for the next input looks up. */
    void nudge() {
        waiting.addFirst(new Input.Nudge());
    }

    /** What was postponed can be decided: it has waited. */
    void examined(Postponed.Case of, Postponed.Case now) {
        waiting.addFirst(new Input.Examined(of, now));
    }

    /** Requests that were taken and came to nothing: they come first again. */
    void giveBack(List<Input.Own> taken) {
        for (Input.Own each : taken.reversed()) {
            room.acquireUninterruptibly(each.weight());
            waiting.addFirst(each);
        }
    }

    /** Somebody decides here again. */
    void open() {
        closed = false;
    }

    /** Nobody decides here any more, for now: whoever waits is told. */
    void close() {
        closed = true;
        for (Input each : waiting.drain()) {
            if (each instanceof Input.Own own) {
                room.release(own.weight());
                if (own.answer() != null) {
                    own.answer().completeExceptionally(NotWritingException.elsewhere());
                }
            }
        }
    }

    /** Reads ahead from where a consumer stands, which belongs to the reader until it is closed. */
    Reader read(Consumer<String, Payload> consumer) {
        return new Reader(consumer);
    }

    /** The thread that reads the topics during one reign. */
    final class Reader implements AutoCloseable {
        private final Consumer<String, Payload> consumer;
        private final Semaphore ahead = new Semaphore(READ_AHEAD);
        private final Thread thread =
                Thread.ofPlatform().name("writer-inputs").daemon().unstarted(this::run);
        private volatile List<String> full = List.of();
        private volatile boolean ended;

        private Reader(Consumer<String, Payload> consumer) {
            this.consumer = consumer;
            thread.start();
        }

        /** A portion was taken. */
        void taken() {
            ahead.release();
        }

        /** Nothing more is read of these partitions, until others are named. */
        void pause(List<String> partitions) {
            full = partitions;
        }

        private void pauseAndResume() {
            List<String> now = full;
            if (now.isEmpty() && consumer.paused().isEmpty()) {
                return;
            }
            var split = consumer.assignment().stream()
                    .collect(Collectors.partitioningBy(each -> now.contains(each.toString())));
            consumer.pause(split.get(true));
            consumer.resume(split.get(false));
        }

        private void run() {
            try {
                while (!ended) {
                    pauseAndResume();
                    ConsumerRecords<String, Payload> records = consumer.poll(POLL);
                    for (Input.Portion portion : portions(records)) {
                        ahead.acquire();
                        if (ended) {
                            return;
                        }
                        waiting.add(portion);
                    }
                }
            } catch (WakeupException | org.apache.kafka.common.errors.InterruptException e) {
                Thread.interrupted();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                waiting.add(new Input.Broken(e));
            }
        }

        private List<Input.Portion> portions(ConsumerRecords<String, Payload> records) {
            List<Input.Portion> portions = new ArrayList<>();
            Input.Portion last = null;
            for (ConsumerRecord<String, Payload> record : records) {
                if (last == null || last.events().size() == PORTION) {
                    last = new Input.Portion(new ArrayList<>(PORTION), new HashMap<>());
                    portions.add(last);
                }
                last.events()
                        .add(
                                signatures == null
                                        ? EventRecords.received(record)
                                        : EventRecords.received(record, signatures.believed(record)));
                last.read().put(record.topic() + "-" + record.partition(), record.offset() + 1);
            }
            return portions;
        }

        /** Ends the thread; what it has read and nobody has taken will be read again by the next. */
        @Override
        public void close() {
            ended = true;
            consumer.wakeup();
            ahead.release();
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            waiting.removeIf(input -> !(input instanceof Input.Own));
        }
    }
}
