package dev.waybill.gateway.state.kafka;

/** This process does not decide requests now. */
public final class NotWritingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotWritingException(String why) {
        super(why);
    }
}
