package dev.waybill.quota.pool.kafka;

import dev.waybill.events.QuotaReleased;
import dev.waybill.events.QuotaReserved;
import dev.waybill.events.QuotaThresholdCrossed;
import dev.waybill.events.QuotaWaiting;
import dev.waybill.events.catalog.Topics;
import dev.waybill.quota.pool.Amounts;
import dev.waybill.quota.pool.PoolKeeper;
import dev.waybill.quota.pool.PoolKeeper.Pod;
import dev.waybill.quota.pool.PoolKeeper.Pool;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.TraceContext;

/** Publishes what happens to pools. Thread-safe. */
final class PoolEvents implements PoolKeeper.Outcomes {
    private final EventPublisher publisher;

    PoolEvents(EventPublisher publisher) {
        this.publisher = publisher;
    }

    @Override
    public void reserved(Pool pool, Pod pod, Amounts used) {
        publisher.publish(
                Topics.QUOTA,
                pool.name(),
                QuotaReserved.newBuilder()
                        .setPool(pool.name())
                        .setPodUid(pod.uid())
                        .setNamespace(pod.namespace())
                        .setName(pod.name())
                        .setAmounts(pod.amounts().byResource())
                        .setUsed(used.byResource())
                        .setCapacity(pool.capacity().byResource())
                        .build(),
                pod.trace().child());
    }

    @Override
    public void released(Pool pool, Pod pod, Amounts used) {
        publisher.publish(
                Topics.QUOTA,
                pool.name(),
                QuotaReleased.newBuilder()
                        .setPool(pool.name())
                        .setPodUid(pod.uid())
                        .setNamespace(pod.namespace())
                        .setName(pod.name())
                        .setAmounts(pod.amounts().byResource())
                        .setUsed(used.byResource())
                        .setCapacity(pool.capacity().byResource())
                        .build(),
                pod.trace().child());
    }

    @Override
    public void waiting(Pool pool, Pod pod, Amounts used, int position, String message) {
        publisher.publish(
                Topics.QUOTA,
                pool.name(),
                QuotaWaiting.newBuilder()
                        .setPool(pool.name())
                        .setPodUid(pod.uid())
                        .setNamespace(pod.namespace())
                        .setName(pod.name())
                        .setAmounts(pod.amounts().byResource())
                        .setUsed(used.byResource())
                        .setCapacity(pool.capacity().byResource())
                        .setPosition(position)
                        .setMessage(message)
                        .build(),
                pod.trace().child());
    }

    @Override
    public void thresholdCrossed(Pool pool, String resource, int percent, boolean above, long used, long capacity) {
        publisher.publish(
                Topics.QUOTA,
                pool.name(),
                QuotaThresholdCrossed.newBuilder()
                        .setPool(pool.name())
                        .setResource(resource)
                        .setPercent(percent)
                        .setAbove(above)
                        .setUsed(used)
                        .setCapacity(capacity)
                        .build(),
                TraceContext.NONE);
    }
}
