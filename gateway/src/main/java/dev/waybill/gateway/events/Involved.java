package dev.waybill.gateway.events;

import dev.waybill.events.ContainerRef;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.StoredObject;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The object that an Event is about. Immutable.
 *
 * @param namespace empty for cluster-scoped objects
 * @param fieldPath the part of it, such as spec.containers{web}; empty for the whole
 */
public record Involved(String apiVersion, String kind, String namespace, String name, String uid, String fieldPath) {

    static Involved pod(String namespace, String name, String uid) {
        return new Involved("v1", "Pod", namespace, name, uid, "");
    }

    static Involved container(ContainerRef container) {
        return pod(container.getNamespace(), container.getPodName(), container.getPodUid())
                .container(container.getContainerName());
    }

    Involved container(String container) {
        return new Involved(apiVersion, kind, namespace, name, uid, "spec.containers{" + container + "}");
    }

    static Involved of(StoredObject object) {
        return new Involved(
                object.kind().apiVersion(), object.kind().kind(), object.namespace(), object.name(), object.uid(), "");
    }

    /** The owner that an owner reference names. */
    static Involved owner(JsonNode reference, String namespace) {
        return new Involved(
                Json.text(reference, "apiVersion"),
                Json.text(reference, "kind"),
                namespace,
                Json.text(reference, "name"),
                Json.text(reference, "uid"),
                "");
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        json.put("kind", kind).put("apiVersion", apiVersion);
        if (!namespace.isEmpty()) {
            json.put("namespace", namespace);
        }
        json.put("name", name).put("uid", uid);
        if (!fieldPath.isEmpty()) {
            json.put("fieldPath", fieldPath);
        }
        return json;
    }
}
