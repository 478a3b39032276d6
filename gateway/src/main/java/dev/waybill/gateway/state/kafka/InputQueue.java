package dev.waybill.gateway.state.kafka;

import dev.waybill.gateway.state.kafka.WriterInputs.Input;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be decided, in two lines: what somebody waits for overtakes what nobody does, but only so often that the
 * other line moves too. In each the order is that of arrival. Thread-safe.
 */
final class InputQueue {
    /** How many of the first line go in a row while something waits in the second. */
    static final int MOST_OVERTAKING = 8;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<Input> first = new ArrayDeque<>();
    private final Deque<Input> second = new ArrayDeque<>();
    private int overtaken;

    void add(Input input) {
        put(input, false);
    }

    void addFirst(Input input) {
        put(input, true);
    }

    private void put(Input input, boolean atFront) {
        lock.lock();
        try {
            Deque<Input> line = input.isUrgent() ? first : second;
            if (atFront) {
                line.addFirst(input);
            } else {
                line.addLast(input);
            }
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The next of both lines; null when none comes in time. */
    @Nullable
    Input poll(Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (left > 0 && first.isEmpty() && second.isEmpty()) {
                left = arrived.awaitNanos(left);
            }
            return first.isEmpty() ? ofSecond() : ofFirst();
        } finally {
            lock.unlock();
        }
    }

    /** The next that is urgent, or that was overtaken often enough; null when there is none. */
    @Nullable
    Input pollUrgent() {
        lock.lock();
        try {
            return first.isEmpty() ? null : ofFirst();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Input ofFirst() {
        if (second.isEmpty()) {
            overtaken = 0;
        } else if (++overtaken > MOST_OVERTAKING) {
            return ofSecond();
        }
        return first.poll();
    }

    private @Nullable Input ofSecond() {
        overtaken = 0;
        return second.poll();
    }

    void removeIf(Predicate<Input> unwanted) {
        lock.lock();
        try {
            first.removeIf(unwanted);
            second.removeIf(unwanted);
        } finally {
            lock.unlock();
        }
    }

    /** Takes all there is. */
    List<Input> drain() {
        lock.lock();
        try {
            List<Input> all = new ArrayList<>(first);
            all.addAll(second);
            first.clear();
            second.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }
}
