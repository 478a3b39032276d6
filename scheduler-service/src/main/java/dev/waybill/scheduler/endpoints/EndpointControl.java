package dev.waybill.scheduler.endpoints;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.selection.PodSelection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Folds Services and what stands behind them in and says which Endpoints and EndpointSlices are due. Services without a
 * selector are their makers' own. It may forget everything: all of it follows from the log. Confined to the scheduler's
 * thread.
 */
public final class EndpointControl {
    static final String MANAGED_BY = "endpoints.kubernetes.io/managed-by";
    static final String MANAGER = "endpoint-controller";

    private final ClusterImage cluster;
    private final PodSelection services = new PodSelection();
    private final Map<String, String> uidByName = new HashMap<>();
    private final Map<String, ObjectView> endpoints = new HashMap<>();
    /** By the service's namespace and name, then by the slice's name. */
    private final Map<String, Map<String, ObjectView>> slices = new HashMap<>();

    /** Every Service, those without selectors too. */
    private final Set<String> present = new HashSet<>();

    /** Endpoints have no owner: they end with the Service by this control's hand, as in Kubernetes. */
    private final Set<String> orphans = new LinkedHashSet<>();

    private final Set<String> dirty = new LinkedHashSet<>();

    public EndpointControl(ClusterImage cluster) {
        this.cluster = cluster;
    }

    /** What is folded here and nowhere else. */
    public static boolean concerns(String resource) {
        return switch (resource) {
            case "services", "endpoints", "endpointslices" -> true;
            default -> false;
        };
    }

    public void replay(ObjectView object, boolean deleted) {
        switch (object.resource()) {
            case "services" -> service(object, deleted);
            case "endpoints" -> {
                String key = key(object.namespace(), object.name());
                if (deleted) {
                    endpoints.remove(key);
                } else {
                    endpoints.put(key, object);
                }
                touch(key);
            }
            default -> slice(object, deleted);
        }
    }

    private void service(ObjectView service, boolean deleted) {
        String key = key(service.namespace(), service.name());
        Map<String, String> selector = ObjectView.texts(service.spec().path("selector"));
        boolean external = service.spec().path("type").asString("").equals("ExternalName");
        if (deleted) {
            present.remove(key);
            orphans.add(key);
        } else {
            present.add(key);
        }
        if (deleted || selector.isEmpty() || external) {
            services.remove(service);
            uidByName.remove(key);
            return;
        }
        ObjectView known = services.object(service.uid());
        if (known != null && ObjectView.texts(known.spec().path("selector")).equals(selector)) {
            services.update(service);
        } else {
            services.put(service, labels -> labels.entrySet().containsAll(selector.entrySet()), cluster.pods());
        }
        uidByName.put(key, service.uid());
        dirty.add(service.uid());
    }

    private void slice(ObjectView slice, boolean deleted) {
        Map<String, String> labels = slice.labels();
        String service = labels.getOrDefault(SliceReconciler.SERVICE_NAME, "");
        if (service.isEmpty() || !SliceReconciler.MANAGER.equals(labels.get(SliceReconciler.MANAGED_BY))) {
            return;
        }
        String key = key(slice.namespace(), service);
        Map<String, ObjectView> own = slices.computeIfAbsent(key, name -> new TreeMap<>());
        if (deleted) {
            own.remove(slice.name());
        } else {
            own.put(slice.name(), slice);
        }
        touch(key);
    }

    /** The log has been read to its end: what was left behind while nobody looked shows now. */
    public void caughtUp() {
        endpoints.forEach((key, object) -> {
            if (MANAGER.equals(object.labels().get(MANAGED_BY)) && !present.contains(key)) {
                orphans.add(key);
            }
        });
    }

    /** A pod came, changed or went. */
    public void replayPod(PodView pod, boolean deleted) {
        dirty.addAll(services.pod(pod, deleted));
    }

    /** A node was lost or is back: any pod of it may stand behind any Service. */
    public void replayNode() {
        dirty.addAll(services.uids());
    }

    /** Sends what is due for each Service; one whose last requests are not answered yet comes again. */
    public void decide(Predicate<String> settled, BiConsumer<ObjectView, DesiredStateRequest> send) {
        for (String key : List.copyOf(orphans)) {
            orphans.remove(key);
            ObjectView left = endpoints.get(key);
            if (left != null && !present.contains(key)) {
                send.accept(left, EndpointWishes.delete("", left));
            }
        }
        for (String uid : List.copyOf(dirty)) {
            ObjectView service = services.object(uid);
            if (service == null) {
                dirty.remove(uid);
            } else if (settled.test(uid)) {
                dirty.remove(uid);
                List<DesiredStateRequest> wishes = service.deleting() ? List.of() : wishes(service);
                wishes.forEach(wish -> {
                    dirty.add(uid);
                    send.accept(service, wish);
                });
            }
        }
    }

    private List<DesiredStateRequest> wishes(ObjectView service) {
        List<Backend> backends = services.podsOf(service.uid()).stream()
                .map(pod -> Backend.of(service, pod, cluster.ready(pod)))
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(backend -> backend.pod().object().name()))
                .toList();
        String key = key(service.namespace(), service.name());
        List<DesiredStateRequest> wishes = new ArrayList<>(SliceReconciler.reconcile(
                service, backends, slices.getOrDefault(key, Map.of()).values()));
        EndpointsReconciler.reconcile(service, backends, endpoints.get(key)).ifPresent(wishes::add);
        return wishes;
    }

    private void touch(String serviceKey) {
        String uid = uidByName.get(serviceKey);
        if (uid != null) {
            dirty.add(uid);
        }
    }

    private static String key(String namespace, String name) {
        return namespace + "/" + name;
    }
}
