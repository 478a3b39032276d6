package dev.waybill.gateway.kinds.cel;

/** What all rules may cost for one object (RuntimeCELCostBudget in k8s.io/apiserver/pkg/apis/cel). One thread. */
final class RunningBudget {
    private static final long ALL = 10_000_000;

    static final String SPENT =
            "validation failed due to running out of cost budget, no further validation rules will be run";

    private long left = ALL;

    /** Whether no further rule may run. */
    boolean isSpent() {
        return left < 0;
    }

    /** Takes what an evaluation has cost; false when it was more than there was. */
    boolean take(long cost) {
        left -= cost;
        return left >= 0;
    }

    /** One evaluation alone was too expensive. */
    void end() {
        left = -1;
    }
}
