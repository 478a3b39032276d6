package dev.waybill.scheduler.endpoints;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.scheduler.cluster.ObjectView;
import tools.jackson.databind.node.ObjectNode;

/** Requests about Endpoints and EndpointSlices; changes hold only for the object as it was looked at. Pure. */
final class EndpointWishes {
    private EndpointWishes() {}

    static DesiredStateRequest create(String group, String resource, ObjectNode object) {
        return base(RequestOperation.CREATE, group, resource, object)
                .setManifest(object.toString())
                .build();
    }

    static DesiredStateRequest replace(String group, ObjectView present, ObjectNode object) {
        return base(RequestOperation.UPDATE, group, present.resource(), object)
                .setPreconditionUid(present.uid())
                .setPreconditionResourceVersion(Long.toString(present.revision()))
                .setManifest(object.toString())
                .build();
    }

    static DesiredStateRequest delete(String group, ObjectView present) {
        return DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.DELETE)
                .setGroup(group)
                .setVersion("v1")
                .setResource(present.resource())
                .setNamespace(present.namespace())
                .setName(present.name())
                .setPreconditionUid(present.uid())
                .build();
    }

    private static DesiredStateRequest.Builder base(
            RequestOperation operation, String group, String resource, ObjectNode object) {
        return DesiredStateRequest.newBuilder()
                .setOperation(operation)
                .setGroup(group)
                .setVersion("v1")
                .setResource(resource)
                .setNamespace(object.path("metadata").path("namespace").asString())
                .setName(object.path("metadata").path("name").asString());
    }
}
