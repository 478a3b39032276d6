package dev.waybill.runtime;

/** A log that state is folded from holds a record that is no event: its readers stop until an operator repairs it. */
public final class UnreadableLogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnreadableLogException(ReceivedEvent received, String cause) {
        super("the record at " + received.position() + " is unreadable (" + cause
                + "); to repair it, publish a tombstone" + " under its key '" + received.key()
                + "' and let the topic compact, or restore the schema registry");
    }
}
