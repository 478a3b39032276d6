package dev.waybill.gateway.kinds;

import dev.waybill.events.objects.Quantity;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A pod's quality of service (k8s.io/kubernetes/pkg/apis/core/helper/qos). Stateless. */
public final class QosClass {
    private QosClass() {}

    public static String of(JsonNode spec) {
        boolean any = false;
        boolean guaranteed = true;
        for (String list : List.of("containers", "initContainers")) {
            for (JsonNode container : spec.path(list)) {
                JsonNode requests = container.path("resources").path("requests");
                JsonNode limits = container.path("resources").path("limits");
                for (String resource : List.of("cpu", "memory")) {
                    Quantity request = positive(requests.path(resource));
                    Quantity limit = positive(limits.path(resource));
                    any |= request.amount().signum() > 0 || limit.amount().signum() > 0;
                    guaranteed &= limit.amount().signum() > 0 && limit.equals(request);
                }
            }
        }
        return any ? (guaranteed ? "Guaranteed" : "Burstable") : "BestEffort";
    }

    private static Quantity positive(JsonNode amount) {
        return Quantity.tryParse(amount.asString("0")).orElse(Quantity.ZERO);
    }
}
