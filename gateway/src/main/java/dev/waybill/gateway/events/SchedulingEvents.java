package dev.waybill.gateway.events;

import dev.waybill.events.PodUnschedulable;
import dev.waybill.events.QuotaReserved;
import dev.waybill.events.QuotaWaiting;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/**
 * Why pods wait, in the words of the scheduler and the quota pools. A binding is told by the pod that has it, since the
 * writer may refuse what PodBound proposes. Pure.
 */
final class SchedulingEvents {
    static final String SCHEDULER = "default-scheduler";

    private static final String QUOTA = "quota-service";

    private SchedulingEvents() {}

    static List<EventDraft> of(SpecificRecord fact) {
        return switch (fact) {
            case PodUnschedulable no ->
                List.of(EventDraft.warning(
                        Involved.pod(no.getNamespace(), no.getName(), no.getPodUid()),
                        "FailedScheduling",
                        no.getMessage(),
                        SCHEDULER,
                        ""));
            case QuotaWaiting waits ->
                List.of(EventDraft.normal(
                        Involved.pod(waits.getNamespace(), waits.getName(), waits.getPodUid()),
                        "QuotaWaiting",
                        waits.getMessage(),
                        QUOTA,
                        ""));
            case QuotaReserved reserved ->
                List.of(EventDraft.normal(
                        Involved.pod(reserved.getNamespace(), reserved.getName(), reserved.getPodUid()),
                        "QuotaReserved",
                        "Room reserved in quota pool " + reserved.getPool(),
                        QUOTA,
                        ""));
            default -> List.of();
        };
    }
}
