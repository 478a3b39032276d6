package dev.waybill.gateway.state.kafka;

import dev.waybill.events.WriterProgress;
import org.jspecify.annotations.Nullable;

/**
 * Whether the writer's place is vacant, as it looks to one who stands by and looks again and again: its holder has said
 * that he leaves, or nothing has come on the log at so many looks in a row. Only looks count at which the broker answered,
 * since a broker that was away says nothing about the writer, and neither does the time that this process slept. One thread.
 */
final class Vacancy {
    /** What a writer that leaves puts in the place of its id. */
    static final String NOBODY = "";

    private final int looks;
    private long end = -1;
    private int quiet;

    /** @param looks how many in a row must find nothing new */
    Vacancy(int looks) {
        this.looks = looks;
    }

    /**
     * A look at the log.
     *
     * @param logEnd the offset after its last record
     * @param progress what its writer said last
     */
    boolean isSeen(long logEnd, @Nullable WriterProgress progress) {
        quiet = logEnd == end ? quiet + 1 : 0;
        end = logEnd;
        return quiet >= looks || (progress != null && progress.getWriter().equals(NOBODY));
    }

    /** A look at which the broker did not answer. */
    void nothingSeen() {
        quiet = 0;
    }
}
