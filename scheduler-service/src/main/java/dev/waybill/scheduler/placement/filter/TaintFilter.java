package dev.waybill.scheduler.placement.filter;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.NodeView.Taint;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.placement.NodeFilter;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A pod goes only where it tolerates every NoSchedule and NoExecute taint; a node that is not ready has one. */
public final class TaintFilter implements NodeFilter {
    private static final Taint NOT_READY = new Taint("node.kubernetes.io/not-ready", "", "NoSchedule");

    @Override
    public Optional<String> reject(PodView pod, NodeView node) {
        if (!node.ready() && !tolerates(pod, NOT_READY)) {
            return Optional.of(sentence(NOT_READY));
        }
        return node.taints().stream()
                .filter(taint -> !taint.effect().equals("PreferNoSchedule") && !tolerates(pod, taint))
                .findFirst()
                .map(TaintFilter::sentence);
    }

    private static String sentence(Taint taint) {
        return "node(s) had untolerated taint(s) {" + taint.key() + ": " + taint.value() + "}";
    }

    private static boolean tolerates(PodView pod, Taint taint) {
        for (JsonNode toleration : pod.object().spec().path("tolerations")) {
            String effect = toleration.path("effect").asString("");
            String key = toleration.path("key").asString("");
            boolean exists = toleration.path("operator").asString("Equal").equals("Exists");
            boolean keyFits = key.isEmpty() ? exists : key.equals(taint.key());
            boolean valueFits = exists || toleration.path("value").asString("").equals(taint.value());
            if ((effect.isEmpty() || effect.equals(taint.effect())) && keyFits && valueFits) {
                return true;
            }
        }
        return false;
    }
}
