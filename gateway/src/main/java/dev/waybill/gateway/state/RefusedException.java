package dev.waybill.gateway.state;

/** Carries a refusal out of the middle of a decision; {@link Decider} and who calls {@link ConvertedChange} catch it. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    RefusedException(Refusal refusal) {
        super(refusal.message(), null, false, false);
        this.refusal = refusal;
    }

    public Refusal refusal() {
        return refusal;
    }
}
