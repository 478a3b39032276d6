package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.CustomKinds;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.QosClass;
import dev.waybill.gateway.state.ObjectFacts.Special;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the cluster's state adds to an object or has against it, in the order of Kubernetes' admission: the namespace,
 * limit ranges, priority, runtime class and service account, the quota pool; after validation pod security, limit ranges again, then
 * quota. Stateless.
 */
final class Admission {
    private Admission() {}

    /** The namespace must be there and stay. */
    static void namespace(Draft draft, Kind kind, String namespace, String name) {
        Definitions.stays(draft, kind);
        if (!kind.namespaced()) {
            return;
        }
        StoredObject home = draft.get(new ResourceKey("", "namespaces", "", namespace));
        if (home == null) {
            throw Refusal.notFound("namespaces", namespace).asException();
        }
        if (home.deleting()) {
            throw new Refusal(
                            403,
                            "Forbidden",
                            kind.qualifiedResource() + " \"" + name
                                    + "\" is forbidden: unable to create new content in namespace " + namespace
                                    + " because it is being terminated",
                            List.of(new FieldError(
                                    "NamespaceTerminating",
                                    "metadata.namespace",
                                    "namespace " + namespace + " is being terminated")))
                    .asException();
        }
    }

    /** Fills in what the cluster's state decides, before validation. */
    static void complete(Draft draft, Kind kind, String namespace, String name, ObjectNode object) {
        if (kind.plural().equals(CustomKinds.RESOURCE) && kind.group().equals(CustomKinds.GROUP)) {
            Definitions.accept(draft, object);
        }
        StorageObjects.complete(draft, kind, object);
        ServiceAddresses.carry(kind, object, null);
        if (!isPod(kind) || !(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        LimitRanges.complete(draft, namespace, object, spec);
        Json.child(object, "status").put("qosClass", QosClass.of(spec));
        PriorityClasses.complete(draft, kind, name, spec);
        RuntimeClasses.complete(draft, kind, name, spec);
        PodAccount.complete(draft, namespace, spec);
        String pool = draft.image().indexes().poolOf(namespace);
        if (pool != null) {
            if (!Json.text(spec, "nodeName").isEmpty()) {
                throw Refusal.forbidden(
                                kind,
                                name,
                                "spec.nodeName may not be set: pods of namespace " + namespace
                                        + " wait for room in quota pool " + pool)
                        .asException();
            }
            QuotaPools.gate(spec);
        }
        if (!spec.path("schedulingGates").isEmpty()) {
            Conditions.set(
                    object,
                    "PodScheduled",
                    "False",
                    "SchedulingGated",
                    pool == null
                            ? "Scheduling is blocked due to non-empty scheduling gates"
                            : "waiting for room in quota pool " + pool,
                    draft.timestamp());
        }
    }

    /** Refuses what does not fit, after validation. */
    static void admit(Draft draft, Kind kind, String namespace, String name, ObjectNode object) {
        changed(draft, kind, namespace, name, object, null);
        CertificateRequests.admit(kind, name, object);
        if (isPod(kind)) {
            LimitRanges.admit(draft, kind, namespace, name, object);
            serviceAccount(draft, kind, namespace, name, object);
            directPlacement(draft, kind, name, object);
        }
        if (kind.qualifiedResource().equals("persistentvolumeclaims")) {
            LimitRanges.admitClaim(draft, kind, namespace, name, object);
        }
        if (kind.namespaced()) {
            ResourceQuotas.admit(draft, kind, namespace, name, object, null);
        }
    }

    /**
     * What holds for creation and change alike.
     *
     * @param old the object before a change; null when it is new
     */
    static void changed(
            Draft draft, Kind kind, String namespace, String name, ObjectNode object, @Nullable ObjectNode old) {
        PodSecurity.admit(draft, kind, namespace, name, object, old);
        ServiceAddresses.give(draft, kind, name, object, old);
        PriorityClasses.admit(draft, kind, name, object);
        if (old != null && isPod(kind)) {
            resized(draft, kind, namespace, name, object, old);
        }
        if (old != null && kind.namespaced()) {
            ResourceQuotas.admit(draft, kind, namespace, name, object, old);
        }
        if (!kind.kind().equals("QuotaPool")) {
            return;
        }
        int index = 0;
        for (JsonNode member : object.path("spec").path("namespaces")) {
            String other = draft.image().indexes().poolOf(member.asString(""));
            if (other != null && !other.equals(name)) {
                throw Refusal.invalid(
                                kind,
                                name,
                                List.of(FieldError.invalid(
                                        "spec.namespaces[" + index + "]",
                                        member.toString(),
                                        "already a member of quota pool " + other)))
                        .asException();
            }
            index++;
        }
    }

    /** A pod that wants more must find it: on its node, in its pool and within the bounds of its namespace. */
    private static void resized(
            Draft draft, Kind kind, String namespace, String name, ObjectNode object, ObjectNode old) {
        ResourceKey key = new ResourceKey("", "pods", namespace, name);
        if (!(ObjectFacts.of(key, old).special() instanceof Special.Pod before)
                || !(ObjectFacts.of(key, object).special() instanceof Special.Pod after)
                || before.use().equals(after.use())) {
            return;
        }
        LimitRanges.admit(draft, kind, namespace, name, object);
        if (after.terminal()) {
            return;
        }
        Bindings.Verdict verdict = Bindings.resized(draft.image(), after.nodeName(), before.use(), after.use());
        if (!verdict.accepted()) {
            throw Refusal.forbidden(kind, name, verdict.message()).asException();
        }
        if (!after.quotaGated() && !QuotaPools.hasRoom(draft, namespace, before.use(), after.use())) {
            throw Refusal.forbidden(kind, name, "the quota pool of namespace " + namespace + " has no room for more")
                    .asException();
        }
    }

    /** What comes with a new object, in the same transaction. */
    static void created(Draft draft, StoredObject object) {
        if (object.kind().kind().equals("Namespace") && object.key().group().isEmpty()) {
            NamespaceContents.complete(draft, object.name());
        }
    }

    private static void serviceAccount(Draft draft, Kind kind, String namespace, String name, ObjectNode pod) {
        String account = Json.text(pod, "spec", "serviceAccountName");
        if (!account.isEmpty() && draft.get(new ResourceKey("", "serviceaccounts", namespace, account)) == null) {
            throw Refusal.forbidden(
                            kind,
                            name,
                            "error looking up service account " + namespace + "/" + account + ": serviceaccount \""
                                    + account + "\" not found")
                    .asException();
        }
    }

    /** A pod that names its node must fit there like one that is bound: no node is ever over-committed. */
    private static void directPlacement(Draft draft, Kind kind, String name, ObjectNode object) {
        ObjectFacts facts = ObjectFacts.of(Draft.keyOf(kind, Json.child(object, "metadata")), object);
        if (facts.special() instanceof Special.Pod pod && !pod.nodeName().isEmpty()) {
            Bindings.Verdict verdict = Bindings.fits(draft.image(), object, pod, pod.nodeName());
            if (!verdict.accepted()) {
                throw Refusal.forbidden(kind, name, verdict.message()).asException();
            }
        }
    }

    private static boolean isPod(Kind kind) {
        return kind.kind().equals("Pod") && kind.group().isEmpty();
    }
}
