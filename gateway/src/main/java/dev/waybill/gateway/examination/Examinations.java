package dev.waybill.gateway.examination;

import dev.waybill.gateway.state.Examination;
import dev.waybill.gateway.state.Examination.Verdict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Examines objects on a few threads, so that rules take a part of the machine at most, however many they are. Users have
 * their turns: one who asks for much waits for himself. What waits is bounded. Thread-safe.
 */
public final class Examinations implements AutoCloseable {
    /** Characters that may wait for one user. */
    private static final int ROOM_OF_ONE = 4 << 20;

    /** Characters that may wait in all. */
    private static final int ROOM = 16 << 20;

    /** Counted with each, so that small ones are bounded in number. */
    private static final int AROUND = 50_000;

    private final Map<String, Turn> turns = new LinkedHashMap<>();
    private int waiting;
    private boolean closed;

    private record Task(String user, Examination examination, CompletableFuture<Verdict> verdict) {
        int weight() {
            return AROUND + examination.length();
        }
    }

    private static final class Turn {
        private final Deque<Task> tasks = new ArrayDeque<>();
        private int waiting;
    }

    /** @param threads how many objects are examined at once */
    public Examinations(int threads) {
        for (int i = 0; i < threads; i++) {
            Thread.ofPlatform().name("rules-" + i).daemon().start(this::run);
        }
    }

    /**
     * Examines when it is the user's turn; not at all once what is given back is completed.
     *
     * @return null when too much waits already
     */
    public synchronized @Nullable CompletableFuture<Verdict> offer(String user, Examination examination) {
        Turn turn = turns.get(user);
        int weight = AROUND + examination.length();
        boolean room = waiting + weight <= ROOM && (turn == null || turn.waiting + weight <= ROOM_OF_ONE);
        return room && !closed ? add(user, examination) : null;
    }

    /** The same for somebody of whom no more than one waits at a time. */
    public synchronized CompletableFuture<Verdict> add(String user, Examination examination) {
        Task task = new Task(user, examination, new CompletableFuture<>());
        Turn turn = turns.computeIfAbsent(user, _ -> new Turn());
        turn.tasks.add(task);
        turn.waiting += task.weight();
        waiting += task.weight();
        notifyAll();
        return task.verdict();
    }

    /** What is under way ends, and its verdict with it; what waits comes to nothing. */
    @Override
    public void close() {
        List<Task> left = new ArrayList<>();
        synchronized (this) {
            closed = true;
            turns.values().forEach(turn -> left.addAll(turn.tasks));
            turns.clear();
            waiting = 0;
            notifyAll();
        }
        left.forEach(task -> task.verdict().cancel(false));
    }

    private void run() {
        for (Task task = next(); task != null; task = next()) {
            if (task.verdict().isDone()) {
                continue; // whoever asked has left
            }
            try {
                task.verdict().complete(task.examination().verdict());
            } catch (Throwable e) { // whatever an evaluation ends with, its asker must hear of it
                task.verdict().completeExceptionally(e);
            }
        }
    }

    /** Of the user whose turn it is, who is the last one then. */
    private synchronized @Nullable Task next() {
        try {
            while (turns.isEmpty() && !closed) {
                wait();
            }
        } catch (InterruptedException e) {
            return null;
        }
        if (closed) {
            return null;
        }
        String user = turns.keySet().iterator().next();
        Turn turn = turns.remove(user);
        Task task = turn.tasks.remove();
        turn.waiting -= task.weight();
        waiting -= task.weight();
        if (!turn.tasks.isEmpty()) {
            turns.put(user, turn);
        }
        return task;
    }
}
