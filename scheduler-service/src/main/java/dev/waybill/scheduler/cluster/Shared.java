package dev.waybill.scheduler.cluster;

/** Gives equal values as one and the same, for what most nodes have in common. Confined to the scheduler's thread. */
final class Shared<T> {
    private static final int PLACES = 1 << 6;

    private final Object[] recent = new Object[PLACES];

    /** The value, or an equal one that was seen lately. */
    @SuppressWarnings("unchecked") // only what was given is kept
    T one(T value) {
        int hash = value.hashCode();
        int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
        if (value.equals(recent[place])) {
            return (T) recent[place];
        }
        recent[place] = value;
        return value;
    }
}
