package dev.waybill.scheduler.placement.filter;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.NodeView.Taint;
import dev.waybill.scheduler.placement.NodeFilter;
import dev.waybill.scheduler.placement.PodNeeds;
import java.util.Optional;

/** A pod goes only where it tolerates every NoSchedule and NoExecute taint; a node that is not ready has one. */
public final class TaintFilter implements NodeFilter {
    private static final Taint NOT_READY = new Taint("node.kubernetes.io/not-ready", "", "NoSchedule");

    @Override
    public Optional<String> reject(PodNeeds pod, NodeView node) {
        if (!node.ready() && !tolerates(pod, NOT_READY)) {
            return Optional.of(sentence(NOT_READY));
        }
        for (Taint taint : node.taints()) {
            if (!taint.effect().equals("PreferNoSchedule") && !tolerates(pod, taint)) {
                return Optional.of(sentence(taint));
            }
        }
        return Optional.empty();
    }

    private static String sentence(Taint taint) {
        return "node(s) had untolerated taint(s) {" + taint.key() + ": " + taint.value() + "}";
    }

    private static boolean tolerates(PodNeeds pod, Taint taint) {
        for (PodNeeds.Toleration toleration : pod.tolerations()) {
            boolean keyFits = toleration.key().isEmpty()
                    ? toleration.exists()
                    : toleration.key().equals(taint.key());
            boolean valueFits = toleration.exists() || toleration.value().equals(taint.value());
            boolean effectFits =
                    toleration.effect().isEmpty() || toleration.effect().equals(taint.effect());
            if (effectFits && keyFits && valueFits) {
                return true;
            }
        }
        return false;
    }
}
