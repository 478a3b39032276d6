package dev.waybill.scheduler.selection;

import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Objects that select pods of their namespace by labels, each with the pods that it selects now. A change of a pod costs
 * the selectors of its namespace, one of a selector a look at every pod. Confined to the scheduler's thread.
 */
public final class PodSelection {
    private static final class Selector {
        final ObjectView object;
        final Predicate<Map<String, String>> labels;
        final Map<String, PodView> pods = new TreeMap<>();

        Selector(ObjectView object, Predicate<Map<String, String>> labels) {
            this.object = object;
            this.labels = labels;
        }
    }

    private final Map<String, Map<String, Selector>> byNamespace = new HashMap<>();
    private final Map<String, String> namespaceOf = new HashMap<>();

    /** Takes a selector in, or its new version. */
    public void put(ObjectView object, Predicate<Map<String, String>> labels, Collection<PodView> allPods) {
        Selector selector = new Selector(object, labels);
        for (PodView pod : allPods) {
            if (pod.object().namespace().equals(object.namespace())
                    && labels.test(pod.object().labels())) {
                selector.pods.put(pod.uid(), pod);
            }
        }
        byNamespace
                .computeIfAbsent(object.namespace(), namespace -> new LinkedHashMap<>())
                .put(object.uid(), selector);
        namespaceOf.put(object.uid(), object.namespace());
    }

    /** Takes in a new version of a selector that selects what it did. */
    public void update(ObjectView object) {
        Selector known = selector(object.uid());
        if (known != null) {
            Selector next = new Selector(object, known.labels);
            next.pods.putAll(known.pods);
            byNamespace
                    .computeIfAbsent(object.namespace(), namespace -> new LinkedHashMap<>())
                    .put(object.uid(), next);
        }
    }

    public void remove(ObjectView object) {
        Map<String, Selector> selectors = byNamespace.get(object.namespace());
        if (selectors != null) {
            selectors.remove(object.uid());
            if (selectors.isEmpty()) {
                byNamespace.remove(object.namespace());
            }
        }
        namespaceOf.remove(object.uid());
    }

    /**
     * A pod came, changed or went.
     *
     * @return the uids of the selectors that select it, or did
     */
    public List<String> pod(PodView pod, boolean deleted) {
        Map<String, Selector> selectors = byNamespace.get(pod.object().namespace());
        if (selectors == null) {
            return List.of();
        }
        List<String> concerned = new ArrayList<>();
        Map<String, String> labels = pod.object().labels();
        for (Selector selector : selectors.values()) {
            boolean selected = !deleted && selector.labels.test(labels);
            boolean before =
                    selected ? selector.pods.put(pod.uid(), pod) != null : selector.pods.remove(pod.uid()) != null;
            if (selected || before) {
                concerned.add(selector.object.uid());
            }
        }
        return concerned;
    }

    /** The object with a uid that selects pods; null when there is none. */
    public @Nullable ObjectView object(String uid) {
        Selector selector = selector(uid);
        return selector == null ? null : selector.object;
    }

    /** What it selects. */
    public Collection<PodView> podsOf(String uid) {
        Selector selector = selector(uid);
        return selector == null ? List.of() : selector.pods.values();
    }

    /** The uids of all. */
    public Collection<String> uids() {
        return List.copyOf(namespaceOf.keySet());
    }

    /** The uids of those of a namespace. */
    public Collection<String> uids(String namespace) {
        return List.copyOf(byNamespace.getOrDefault(namespace, Map.of()).keySet());
    }

    private @Nullable Selector selector(String uid) {
        String namespace = namespaceOf.get(uid);
        return namespace == null
                ? null
                : byNamespace.getOrDefault(namespace, Map.of()).get(uid);
    }
}
