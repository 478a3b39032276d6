package dev.waybill.scheduler.workload;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.OwnerPrecondition;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.scheduler.cluster.ObjectView;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import tools.jackson.databind.node.ObjectNode;

/** The requests that reconcilers make, and the names of what they create. Pure. */
final class Wishes {
    /** No vowels and no look-alikes, as in Kubernetes' generated names. */
    private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    private Wishes() {}

    static DesiredStateRequest create(
            String group, String resource, ObjectNode object, ObjectView owner, long childrenRevision) {
        return base(RequestOperation.CREATE, group, resource)
                .setNamespace(owner.namespace())
                .setName(object.path("metadata").path("name").asString())
                .setManifest(object.toString())
                .setOwnerPrecondition(precondition(owner, childrenRevision))
                .build();
    }

    static DesiredStateRequest delete(
            String group, String resource, ObjectView object, ObjectView owner, long childrenRevision) {
        return base(RequestOperation.DELETE, group, resource)
                .setNamespace(object.namespace())
                .setName(object.name())
                .setPreconditionUid(object.uid())
                .setOwnerPrecondition(precondition(owner, childrenRevision))
                .build();
    }

    /** A merge patch that holds only while the object is at the revision that was looked at. */
    static DesiredStateRequest patch(
            String group, String resource, String subresource, ObjectView object, ObjectNode patch) {
        return base(RequestOperation.PATCH, group, resource)
                .setSubresource(subresource)
                .setNamespace(object.namespace())
                .setName(object.name())
                .setPreconditionUid(object.uid())
                .setPreconditionResourceVersion(Long.toString(object.revision()))
                .setPatchType(PatchType.MERGE)
                .setManifest(patch.toString())
                .build();
    }

    /** A name that depends on its inputs only, so that asking again asks for the same child. */
    static String suffix(int length, Object... inputs) {
        byte[] digest = sha256(String.join(
                "\n", java.util.Arrays.stream(inputs).map(Object::toString).toList()));
        StringBuilder name = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            name.append(ALPHABET.charAt(Math.floorMod(digest[i], ALPHABET.length())));
        }
        return name.toString();
    }

    private static DesiredStateRequest.Builder base(RequestOperation operation, String group, String resource) {
        return DesiredStateRequest.newBuilder()
                .setOperation(operation)
                .setGroup(group)
                .setVersion("v1")
                .setResource(resource);
    }

    private static OwnerPrecondition precondition(ObjectView owner, long childrenRevision) {
        return OwnerPrecondition.newBuilder()
                .setOwnerUid(owner.uid())
                .setChildrenRevision(childrenRevision)
                .build();
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
