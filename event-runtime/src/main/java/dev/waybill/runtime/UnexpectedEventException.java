package dev.waybill.runtime;

/** An event of a type that this handler never expects on its topic; it goes to the dead letters. */
public final class UnexpectedEventException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnexpectedEventException(ReceivedEvent received) {
        super("unexpected event " + received.event().getSchema().getFullName() + " on " + received.topic());
    }
}
