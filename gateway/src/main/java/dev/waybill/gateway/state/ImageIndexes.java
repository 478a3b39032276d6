package dev.waybill.gateway.state;

import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.ObjectFacts.Use;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;

/**
 * What decisions ask the image for, kept up to date with each change so that no decision scans all pods. Immutable.
 *
 * @param children by uid of the owner
 * @param nodes by node name: its pods and what they use
 * @param namespaces by namespace: what its pods use
 * @param needs nodes whose pods refer to an object, with the number of those pods
 * @param pools name of the QuotaPool by member namespace
 */
record ImageIndexes(
        HashPMap<String, Children> children,
        HashPMap<String, NodeUse> nodes,
        HashPMap<String, NamespaceUse> namespaces,
        HashPMap<ResourceKey, HashPMap<String, Integer>> needs,
        HashPMap<String, String> pools) {
    static final ImageIndexes EMPTY = new ImageIndexes(
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty());

    /** Removals older than this are in everybody's past: their log records may have been compacted away. */
    private static final Duration REMOVAL_MEMORY = Duration.ofMinutes(10);

    /**
     * The children of one owner.
     *
     * @param changed latest revision at which a child came, began to go, ended or changed hands
     * @param removed latest revision at which a child was gone
     */
    record Children(HashPMap<String, ResourceKey> keys, long changed, long removed, Instant removedAt) {
        static final Children NONE = new Children(HashTreePMap.empty(), 0, 0, Instant.EPOCH);

        /** Latest revision that a reconciler must have seen to know these children. */
        long revision(Instant now) {
            return removedAt.plus(REMOVAL_MEMORY).isAfter(now) ? Math.max(changed, removed) : changed;
        }
    }

    /** What is on one node: every bound pod, and what those that have not ended use. */
    record NodeUse(HashPMap<String, ResourceKey> pods, Use use, HashPMap<String, Integer> hostPorts) {
        static final NodeUse NONE = new NodeUse(HashTreePMap.empty(), Use.NONE, HashTreePMap.empty());
    }

    /** What the pods of a namespace use that have not ended: all of them, and those that hold room in a pool. */
    record NamespaceUse(Use all, Use ungated) {
        static final NamespaceUse NONE = new NamespaceUse(Use.NONE, Use.NONE);
    }

    Children children(String ownerUid) {
        return children.getOrDefault(ownerUid, Children.NONE);
    }

    NodeUse node(String name) {
        return nodes.getOrDefault(name, NodeUse.NONE);
    }

    NamespaceUse namespace(String name) {
        return namespaces.getOrDefault(name, NamespaceUse.NONE);
    }

    HashPMap<String, Integer> nodesThatNeed(ResourceKey object) {
        return needs.getOrDefault(object, HashTreePMap.empty());
    }

    @Nullable
    String poolOf(String namespace) {
        return pools.get(namespace);
    }

    ImageIndexes with(ResourceDelta delta) {
        StoredObject before = delta.previous();
        StoredObject after = delta.change() == ResourceDelta.Change.DELETED ? null : delta.object();
        ImageIndexes next = this;
        List<String> ownersBefore = before == null ? List.of() : before.facts().owners();
        List<String> ownersAfter = after == null ? List.of() : after.facts().owners();
        if (!ownersBefore.isEmpty() || !ownersAfter.isEmpty()) {
            next = next.withChildren(delta, before, after, ownersBefore, ownersAfter);
        }
        Special special = delta.object().facts().special();
        return switch (special) {
            case Special.Pod pod -> next.withPod(before, after);
            case Special.Pool pool -> next.withPool(delta.key().name(), before, after);
            case Special.None none -> next;
            case Special.Node node -> next;
            case Special.Quota quota -> next;
        };
    }

    private ImageIndexes withChildren(
            ResourceDelta delta,
            @Nullable StoredObject before,
            @Nullable StoredObject after,
            List<String> ownersBefore,
            List<String> ownersAfter) {
        HashPMap<String, Children> next = children;
        boolean turned = before == null
                || after == null
                || before.deleting() != after.deleting()
                || terminal(before) != terminal(after)
                || !ownersBefore.equals(ownersAfter);
        if (!turned) {
            return this;
        }
        String uid = delta.object().uid();
        for (String owner : ownersBefore) {
            if (!ownersAfter.contains(owner)) {
                Children had = next.getOrDefault(owner, Children.NONE);
                next = next.plus(
                        owner, new Children(had.keys().minus(uid), had.changed(), delta.revision(), delta.at()));
            }
        }
        for (String owner : ownersAfter) {
            Children had = next.getOrDefault(owner, Children.NONE);
            next = next.plus(
                    owner,
                    new Children(had.keys().plus(uid, delta.key()), delta.revision(), had.removed(), had.removedAt()));
        }
        return new ImageIndexes(next, nodes, namespaces, needs, pools);
    }

    /** Without the memory of an owner that is gone and has no children left. */
    ImageIndexes forgetOwner(String ownerUid) {
        return children(ownerUid).keys().isEmpty()
                ? new ImageIndexes(children.minus(ownerUid), nodes, namespaces, needs, pools)
                : this;
    }

    private ImageIndexes withPod(@Nullable StoredObject before, @Nullable StoredObject after) {
        Special.Pod was = before == null ? null : before.pod();
        Special.Pod is = after == null ? null : after.pod();
        if (was != null && was.equals(is)) {
            return this;
        }
        HashPMap<String, NodeUse> nextNodes = nodes;
        HashPMap<String, NamespaceUse> nextNamespaces = namespaces;
        HashPMap<ResourceKey, HashPMap<String, Integer>> nextNeeds = needs;
        if (before != null && was != null) {
            nextNamespaces = count(nextNamespaces, before.namespace(), was, -1);
            if (!was.nodeName().isEmpty()) {
                nextNodes = place(nextNodes, before, was, -1);
                nextNeeds = need(nextNeeds, was, -1);
            }
        }
        if (after != null && is != null) {
            nextNamespaces = count(nextNamespaces, after.namespace(), is, 1);
            if (!is.nodeName().isEmpty()) {
                nextNodes = place(nextNodes, after, is, 1);
                nextNeeds = need(nextNeeds, is, 1);
            }
        }
        return new ImageIndexes(children, nextNodes, nextNamespaces, nextNeeds, pools);
    }

    private static HashPMap<String, NamespaceUse> count(
            HashPMap<String, NamespaceUse> namespaces, String name, Special.Pod pod, int sign) {
        if (pod.terminal()) {
            return namespaces;
        }
        NamespaceUse had = namespaces.getOrDefault(name, NamespaceUse.NONE);
        Use all = sign > 0 ? had.all().plus(pod.use()) : had.all().minus(pod.use());
        Use ungated = pod.quotaGated()
                ? had.ungated()
                : sign > 0 ? had.ungated().plus(pod.use()) : had.ungated().minus(pod.use());
        return all.equals(Use.NONE) ? namespaces.minus(name) : namespaces.plus(name, new NamespaceUse(all, ungated));
    }

    private static HashPMap<String, NodeUse> place(
            HashPMap<String, NodeUse> nodes, StoredObject object, Special.Pod pod, int sign) {
        NodeUse had = nodes.getOrDefault(pod.nodeName(), NodeUse.NONE);
        HashPMap<String, ResourceKey> pods = sign > 0
                ? had.pods().plus(object.uid(), object.key())
                : had.pods().minus(object.uid());
        Use use = had.use();
        HashPMap<String, Integer> ports = had.hostPorts();
        if (!pod.terminal()) {
            use = sign > 0 ? use.plus(pod.use()) : use.minus(pod.use());
            for (String port : pod.hostPorts()) {
                ports = add(ports, port, sign);
            }
        }
        return pods.isEmpty() ? nodes.minus(pod.nodeName()) : nodes.plus(pod.nodeName(), new NodeUse(pods, use, ports));
    }

    private static HashPMap<ResourceKey, HashPMap<String, Integer>> need(
            HashPMap<ResourceKey, HashPMap<String, Integer>> needs, Special.Pod pod, int sign) {
        HashPMap<ResourceKey, HashPMap<String, Integer>> next = needs;
        Set<ResourceKey> references = pod.references();
        for (ResourceKey reference : references) {
            HashPMap<String, Integer> by =
                    add(next.getOrDefault(reference, HashTreePMap.empty()), pod.nodeName(), sign);
            next = by.isEmpty() ? next.minus(reference) : next.plus(reference, by);
        }
        return next;
    }

    private static HashPMap<String, Integer> add(HashPMap<String, Integer> counts, String key, int sign) {
        int count = counts.getOrDefault(key, 0) + sign;
        return count == 0 ? counts.minus(key) : counts.plus(key, count);
    }

    private ImageIndexes withPool(String name, @Nullable StoredObject before, @Nullable StoredObject after) {
        HashPMap<String, String> next = pools;
        if (before != null && before.facts().special() instanceof Special.Pool pool) {
            for (String namespace : pool.namespaces()) {
                next = next.minus(namespace);
            }
        }
        if (after != null && after.facts().special() instanceof Special.Pool pool) {
            for (String namespace : pool.namespaces()) {
                next = next.plus(namespace, name);
            }
        }
        return new ImageIndexes(children, nodes, namespaces, needs, next);
    }

    private static boolean terminal(StoredObject object) {
        Special.Pod pod = object.pod();
        return pod != null && pod.terminal();
    }
}
