package dev.waybill.gateway.conversion.http;

import dev.waybill.gateway.kinds.WebhookConversion;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** How many calls are under way, of each webhook and of all; one that is slow keeps a part for itself. Thread-safe. */
final class CallSlots {
    private final int ofOne;
    private final int ofAll;
    private final Map<WebhookConversion, Integer> taken = new HashMap<>();
    private int all;

    CallSlots(int ofOne, int ofAll) {
        this.ofOne = ofOne;
        this.ofAll = ofAll;
    }

    /** Waits until another call may begin; false when none may in time. */
    synchronized boolean take(WebhookConversion webhook, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (all >= ofAll || taken.getOrDefault(webhook, 0) >= ofOne) {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        all++;
        taken.merge(webhook, 1, Integer::sum);
        return true;
    }

    /** A call has ended. */
    synchronized void giveBack(WebhookConversion webhook) {
        all--;
        taken.computeIfPresent(webhook, (_, calls) -> calls == 1 ? null : calls - 1);
        notifyAll();
    }
}
