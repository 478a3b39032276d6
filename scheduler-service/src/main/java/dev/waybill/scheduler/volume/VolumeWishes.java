package dev.waybill.scheduler.volume;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.scheduler.cluster.ObjectView;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Requests about claims and volumes; each holds only for the object as it was looked at. Pure. */
final class VolumeWishes {
    private VolumeWishes() {}

    static ObjectNode tree() {
        return JsonMapper.shared().createObjectNode();
    }

    static DesiredStateRequest create(String resource, ObjectNode object) {
        return base(RequestOperation.CREATE, resource)
                .setName(object.path("metadata").path("name").asString())
                .setManifest(object.toString())
                .build();
    }

    static DesiredStateRequest patch(ObjectView object, String subresource, ObjectNode patch) {
        return about(RequestOperation.PATCH, object)
                .setSubresource(subresource)
                .setPatchType(PatchType.MERGE)
                .setPreconditionResourceVersion(Long.toString(object.revision()))
                .setManifest(patch.toString())
                .build();
    }

    static DesiredStateRequest delete(ObjectView object) {
        return about(RequestOperation.DELETE, object).build();
    }

    /** Takes a finalizer off. */
    static DesiredStateRequest release(ObjectView object, String finalizer) {
        ObjectNode patch = tree();
        ArrayNode kept = patch.putObject("metadata").putArray("finalizers");
        object.metadata().path("finalizers").forEach(each -> {
            if (!each.asString("").equals(finalizer)) {
                kept.add(each);
            }
        });
        return patch(object, "", patch);
    }

    static boolean holds(ObjectView object, String finalizer) {
        return object.metadata()
                .path("finalizers")
                .valueStream()
                .anyMatch(each -> each.asString("").equals(finalizer));
    }

    private static DesiredStateRequest.Builder about(RequestOperation operation, ObjectView object) {
        return base(operation, object.resource())
                .setNamespace(object.namespace())
                .setName(object.name())
                .setPreconditionUid(object.uid());
    }

    private static DesiredStateRequest.Builder base(RequestOperation operation, String resource) {
        return DesiredStateRequest.newBuilder()
                .setOperation(operation)
                .setGroup("")
                .setVersion("v1")
                .setResource(resource);
    }
}
