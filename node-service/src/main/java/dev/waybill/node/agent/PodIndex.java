package dev.waybill.node.agent;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Whose a container is and whose the wish for an image, and which pods are gone from this node. Thread-safe. */
final class PodIndex {
    private static final int FORGOTTEN_KEPT = 10_000;

    private final Map<String, String> byContainer = new ConcurrentHashMap<>();
    private final Map<String, String> byImageRequest = new ConcurrentHashMap<>();
    private final Set<String> forgotten = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > FORGOTTEN_KEPT;
        }
    }));

    void addContainer(String containerId, String podUid) {
        byContainer.put(containerId, podUid);
    }

    void removeContainer(String containerId) {
        byContainer.remove(containerId);
    }

    void addImageRequest(String requestId, String podUid) {
        byImageRequest.put(requestId, podUid);
    }

    /** The pod whose container this is, if it is one of this node's. */
    Optional<String> ofContainer(String containerId) {
        return Optional.ofNullable(byContainer.get(containerId));
    }

    /** The pod that asked for an image under this id. */
    Optional<String> ofImageRequest(String requestId) {
        return Optional.ofNullable(byImageRequest.get(requestId));
    }

    void forget(String podUid) {
        forgotten.add(podUid);
        byContainer.values().removeIf(podUid::equals);
        byImageRequest.values().removeIf(podUid::equals);
    }

    /** Whether the pod was here and will not come back. */
    boolean isForgotten(String podUid) {
        return forgotten.contains(podUid);
    }
}
