package dev.waybill.quota.pool.kafka;

import dev.waybill.events.ResourceChanged;
import dev.waybill.events.catalog.ResourceKeys;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import java.util.HashSet;
import java.util.Set;

/** Looks out for a pool: while there is none no pod of the log matters, and none is decoded. */
final class PoolWatch implements LogTail.Listener {
    /** Group and plural name. */
    static final String POOLS = "waybill.dev/quotapools";

    private final Runnable caughtUpWithNone;
    private final Runnable found;
    private final Set<String> pools = new HashSet<>();
    private boolean caughtUp;
    private boolean told;

    /**
     * @param caughtUpWithNone called when the log has been read and has no pool
     * @param found called when there is one, once
     */
    PoolWatch(Runnable caughtUpWithNone, Runnable found) {
        this.caughtUpWithNone = caughtUpWithNone;
        this.found = found;
    }

    @Override
    public boolean concerns(String key) {
        return POOLS.equals(ResourceKeys.kind(key));
    }

    @Override
    public void onEvent(ReceivedEvent received) {
        if (!(received.event() instanceof ResourceChanged changed)) {
            return;
        }
        if (changed.getDeleted()) {
            pools.remove(changed.getName());
        } else {
            pools.add(changed.getName());
        }
    }

    @Override
    public void onCaughtUp() {
        caughtUp = true;
        if (pools.isEmpty()) {
            caughtUpWithNone.run();
        }
        onBatchEnd();
    }

    @Override
    public void onBatchEnd() {
        if (caughtUp && !told && !pools.isEmpty()) {
            told = true;
            found.run();
        }
    }
}
