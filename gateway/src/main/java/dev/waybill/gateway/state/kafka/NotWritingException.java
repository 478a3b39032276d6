package dev.waybill.gateway.state.kafka;

/** This process does not decide a request now; nothing has come of it, and it may be asked again. */
public final class NotWritingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String why;
    private final boolean busy;

    private NotWritingException(String why, boolean busy) {
        super(why);
        this.why = why;
        this.busy = busy;
    }

    static NotWritingException busy() {
        return new NotWritingException("too many requests wait to be decided", true);
    }

    /** Another process writes, which is where to ask. */
    static NotWritingException elsewhere() {
        return new NotWritingException("another gateway writes now, this one only reads", false);
    }

    public String why() {
        return why;
    }

    /** Whether only too much waits. */
    public boolean isBusy() {
        return busy;
    }
}
