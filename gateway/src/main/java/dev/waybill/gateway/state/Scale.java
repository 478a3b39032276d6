package dev.waybill.gateway.state;

import dev.waybill.events.objects.LabelSelector;
import dev.waybill.gateway.kinds.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The scale subresource of Deployments and ReplicaSets (autoscaling/v1 Scale). Stateless. */
public final class Scale {
    private Scale() {}

    public static ObjectNode of(StoredObject workload) {
        ObjectNode object = workload.json();
        ObjectNode scale = Json.object();
        scale.put("kind", "Scale").put("apiVersion", "autoscaling/v1");
        ObjectNode metadata = scale.putObject("metadata");
        metadata.put("name", workload.name()).put("namespace", workload.namespace());
        metadata.put("uid", workload.uid()).put("resourceVersion", String.valueOf(workload.revision()));
        metadata.set("creationTimestamp", object.path("metadata").path("creationTimestamp"));
        JsonNode spec = object.path("spec");
        scale.putObject("spec").set("replicas", Json.number(Json.number(spec, "replicas", 0)));
        ObjectNode status = scale.putObject("status");
        status.set("replicas", Json.number(Json.number(object.path("status"), "replicas", 0)));
        List<String> terms = new ArrayList<>();
        LabelSelector.of(spec.path("selector")).requirements().forEach(term -> {
            String values = String.join(",", term.values());
            terms.add(
                    switch (term.operator()) {
                        case IN ->
                            term.values().size() == 1 ? term.key() + "=" + values : term.key() + " in (" + values + ")";
                        case NOT_IN -> term.key() + " notin (" + values + ")";
                        case EXISTS -> term.key();
                        case DOES_NOT_EXIST -> "!" + term.key();
                    });
        });
        status.put("selector", String.join(",", terms));
        return scale;
    }
}
