package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.rbac.BootstrapPolicy;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What a cluster always has: made at its first start, completed at every later one. Stateless. */
final class Bootstrap {
    private static final List<String> NAMESPACES = List.of("default", "kube-system", "kube-public", "kube-node-lease");

    private Bootstrap() {}

    static void complete(Draft draft) {
        for (String name : NAMESPACES) {
            if (draft.get(new ResourceKey("", "namespaces", "", name)) == null) {
                Admission.created(draft, draft.add(draft.kind("v1", "Namespace"), namespace(name)));
            }
        }
        for (StoredObject namespace : draft.image().list("", "namespaces", "")) {
            if (!namespace.deleting()) {
                NamespaceContents.complete(draft, namespace.name());
            }
        }
        ApiService.complete(draft);
        StorageObjects.bootstrap(draft);
        PriorityClasses.bootstrap(draft);
        BootstrapPolicy.objects().forEach(object -> access(draft, object));
    }

    private static void access(Draft draft, ObjectNode expected) {
        Kind kind = draft.kind(Json.text(expected, "apiVersion"), Json.text(expected, "kind"));
        StoredObject present = draft.get(Draft.keyOf(kind, Json.child(expected, "metadata")));
        if (present == null) {
            draft.add(kind, expected);
            return;
        }
        ObjectNode next = BootstrapPolicy.reconciled(expected, present.json());
        if (next != null) {
            draft.replace(present, next);
        }
    }

    private static ObjectNode namespace(String name) {
        ObjectNode namespace = Json.object();
        namespace.put("apiVersion", "v1").put("kind", "Namespace");
        namespace.putObject("metadata").put("name", name).putObject("labels").put("kubernetes.io/metadata.name", name);
        namespace.putObject("spec").putArray("finalizers").add("kubernetes");
        namespace.putObject("status").put("phase", "Active");
        return namespace;
    }
}
