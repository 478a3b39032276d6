package dev.waybill.events.objects;

/**
 * Gives equal values as one and the same, for what many objects have in common. Of immutable values; a race of two threads
 * only leaves a value unshared.
 */
public final class Shared<T> {
    private final Object[] recent;

    /** @param places how many values are kept, a power of two */
    public Shared(int places) {
        recent = new Object[places];
    }

    /** The value, or an equal one that was seen lately. */
    @SuppressWarnings("unchecked") // only what was given is kept
    public T one(T value) {
        int hash = value.hashCode();
        int place = (hash ^ (hash >>> 16)) & (recent.length - 1);
        Object known = recent[place];
        if (value.equals(known)) {
            return (T) known;
        }
        recent[place] = value;
        return value;
    }
}
