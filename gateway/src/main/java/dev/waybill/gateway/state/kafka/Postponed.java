package dev.waybill.gateway.state.kafka;

import dev.waybill.gateway.state.Examination.Verdict;
import dev.waybill.gateway.state.kafka.WriterInputs.Input;
import dev.waybill.runtime.ReceivedEvent;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one reign of the writer cannot decide before it was examined. Requests of this process let others pass; a record
 * holds back those behind it in its partition, so that what a publisher asks stays in its order, and so does the
 * position that the log is told. For the one thread that decides.
 */
final class Postponed {
    private static final int MANY = 1_000;

    private final Set<Case> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<String, Held> held = new HashMap<>();

    /**
     * An input with what is known about it so far.
     *
     * @param own the request of this process that it is; null for a record
     * @param round how often it was examined
     * @param verdict what that came to the last time; null before the first, and after one that failed
     * @param failure why there is no verdict; null unless an examination failed
     */
    record Case(
            ReceivedEvent input,
            Input.@Nullable Own own,
            int round,
            @Nullable Verdict verdict,
            @Nullable Throwable failure) {

        static Case of(ReceivedEvent record) {
            return new Case(record, null, 0, null, null);
        }

        static Case of(Input.Own own) {
            return new Case(own.request(), own, 0, null, null);
        }

        Case examined(@Nullable Verdict found, @Nullable Throwable why) {
            return new Case(input, own, round + 1, found, why);
        }

        String partition() {
            return input.topic() + "-" + input.partition();
        }
    }

    /** Records of a partition: the first is being examined, the others wait. */
    private static final class Held {
        private final Deque<ReceivedEvent> records = new ArrayDeque<>();
        private long end;
    }

    void add(Case postponed) {
        open.add(postponed);
        if (postponed.own() == null) {
            Held of = held.computeIfAbsent(postponed.partition(), _ -> new Held());
            if (of.records.isEmpty()) {
                of.records.add(postponed.input()); // else it is the first already
            }
        }
    }

    /** Whether this is waited for; a reign before may have asked for it, and left it to this one. */
    boolean remove(Case examined) {
        return open.remove(examined);
    }

    /** Keeps a record that must wait behind another; false when there is none. */
    boolean keeps(ReceivedEvent record) {
        Held before = held.get(record.topic() + "-" + record.partition());
        return before != null && before.records.add(record);
    }

    /**
     * Goes on with a partition whose first record was examined.
     *
     * @param decide false when a record is postponed
     * @return how many records were decided
     */
    int goOn(Case examined, Predicate<Case> decide, Map<String, Long> positions) {
        Held of = Objects.requireNonNull(held.get(examined.partition()));
        int decided = 0;
        Case next = examined;
        while (decide.test(next)) {
            decided++;
            of.records.remove();
            if (of.records.isEmpty()) {
                held.remove(examined.partition());
                break;
            }
            next = Case.of(of.records.element());
        }
        positions.put(
                examined.partition(),
                of.records.isEmpty() ? of.end : of.records.element().offset());
        return decided;
    }

    /** Says how far a portion was read, but not beyond what is postponed. */
    void read(Map<String, Long> read, Map<String, Long> positions) {
        positions.putAll(read);
        held.forEach((partition, of) -> {
            of.end = read.getOrDefault(partition, of.end);
            positions.put(partition, of.records.element().offset());
        });
    }

    /** Partitions of which enough was read. */
    List<String> full() {
        return held.isEmpty()
                ? List.of()
                : held.entrySet().stream()
                        .filter(each -> each.getValue().records.size() >= MANY)
                        .map(Map.Entry::getKey)
                        .toList();
    }

    /** The requests of this process among what is examined. */
    Collection<Input.Own> asked() {
        return open.stream().map(Case::own).filter(own -> own != null).toList();
    }
}
