package dev.waybill.gateway.state.kafka;

import dev.waybill.events.WriterProgress;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.kafka.WriterInputs.Input;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.TraceContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Makes facts of what was decided, a portion at a time, on a thread of its own: while one is committed the next is decided
 * on top of it, and is lost with it if the commit fails. For the one thread that decides, which also sends what it has
 * decided while no commit is under way, so that the end of a portion is all that its commit has left to do.
 */
final class WriterCommits implements AutoCloseable {
    private static final String PROGRESS_KEY = "writer/progress//position";

    private final Producer<String, Object> producer;
    private final KafkaResourceTail tail;
    private final Runnable done;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("writer-commits").daemon().factory());
    private List<Input.Own> asked = List.of();
    private boolean open; // handed over with each portion, from the one thread to the other
    private @Nullable CompletableFuture<Void> underWay;

    /** @param done called after each portion, whether it became a fact or not, once that can be asked here */
    WriterCommits(Producer<String, Object> producer, KafkaResourceTail tail, Runnable done) {
        this.producer = producer;
        this.tail = tail;
        this.done = done;
    }

    /** Whether a portion can begin; throws what became of the last one if that failed. */
    boolean isFree() throws InterruptedException {
        if (underWay != null && underWay.isDone()) {
            await();
        }
        return underWay == null;
    }

    /** Sends what is there of a portion, unless the one before is under way; nobody sees it before the commit. */
    void send(WriterOutputs outputs) throws InterruptedException {
        if (isFree() && outputs.hasUnsent()) {
            sendRest(outputs);
        }
    }

    private void sendRest(WriterOutputs outputs) {
        if (!open) {
            producer.beginTransaction();
            open = true;
        }
        outputs.takeUnsent().forEach(producer::send);
    }

    /** Begins to commit a portion; the one before must have ended. */
    void begin(WriterOutputs outputs, ResourceImage after, WriterProgress progress) {
        if (underWay != null) {
            throw new IllegalStateException("a portion is under way");
        }
        asked = outputs.asked();
        underWay = CompletableFuture.runAsync(() -> commit(outputs, after, progress), thread);
        underWay.whenComplete((nothing, failure) -> done.run());
    }

    /** Waits until the portion under way has ended; throws what became of it if it failed. */
    void await() throws InterruptedException {
        if (underWay == null) {
            return;
        }
        try {
            underWay.get();
            underWay = null;
            asked = List.of();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new KafkaException(e.getCause());
        }
    }

    /** Requests of a portion that has not become a fact, or of which that is not known. */
    List<Input.Own> asked() {
        return asked;
    }

    private void commit(WriterOutputs outputs, ResourceImage after, WriterProgress progress) {
        sendRest(outputs);
        Future<RecordMetadata> last = producer.send(
                EventRecords.toSend(Topics.RESOURCES, PROGRESS_KEY, progress, TraceContext.NONE, WriterOutputs.SOURCE));
        producer.commitTransaction();
        open = false;
        tail.committed(outputs.changes(), after, progress, last.resultNow().offset() + 1, outputs::giveAnswers);
    }

    /** Waits for what is under way, so that nothing uses the producer any more. */
    @Override
    public void close() {
        thread.close();
        if (underWay != null && underWay.state() == Future.State.SUCCESS) {
            asked = List.of();
        }
    }
}
