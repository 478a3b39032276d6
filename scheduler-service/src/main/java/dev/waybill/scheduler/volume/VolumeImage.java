package dev.waybill.scheduler.volume;

import dev.waybill.scheduler.cluster.ObjectView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Volumes, claims, classes, and which pods use which claim. Confined to the scheduler's thread. */
final class VolumeImage {
    private final Map<String, ObjectView> claims = new HashMap<>();
    private final Map<String, ObjectView> volumes = new TreeMap<>();
    private final Map<String, ObjectView> classes = new HashMap<>();
    private final Map<String, String> volumeOfClaim = new HashMap<>();
    private final Map<String, Set<String>> users = new HashMap<>();
    private final Map<String, List<String>> claimsOfPod = new HashMap<>();

    static String key(ObjectView claim) {
        return claim.namespace() + "/" + claim.name();
    }

    /** The claim that a volume is meant for, by namespace and name; empty for none. */
    static String claimKey(ObjectView volume) {
        JsonNode reference = volume.spec().path("claimRef");
        return reference.isObject()
                ? reference.path("namespace").asString("") + "/"
                        + reference.path("name").asString("")
                : "";
    }

    void claim(ObjectView claim, boolean deleted) {
        put(claims, key(claim), claim, deleted);
    }

    void volume(ObjectView volume, boolean deleted) {
        ObjectView before = volumes.get(volume.name());
        if (before != null) {
            volumeOfClaim.remove(claimKey(before), volume.name());
        }
        put(volumes, volume.name(), volume, deleted);
        String claim = claimKey(volume);
        if (!deleted && !claim.isEmpty()) {
            volumeOfClaim.put(claim, volume.name());
        }
    }

    void storageClass(ObjectView storageClass, boolean deleted) {
        put(classes, storageClass.name(), storageClass, deleted);
    }

    private static void put(Map<String, ObjectView> map, String key, ObjectView object, boolean deleted) {
        if (deleted) {
            map.remove(key);
        } else {
            map.put(key, object);
        }
    }

    /** Notes which claims a pod uses; one that has ended uses none. */
    void pod(ObjectView pod, boolean ended) {
        for (String claim : claimsOfPod.getOrDefault(pod.uid(), List.of())) {
            Set<String> all = users.get(claim);
            if (all != null) {
                all.remove(pod.uid());
                if (all.isEmpty()) {
                    users.remove(claim);
                }
            }
        }
        List<String> used = ended ? List.of() : claims(pod);
        if (used.isEmpty()) {
            claimsOfPod.remove(pod.uid());
        } else {
            claimsOfPod.put(pod.uid(), used);
            used.forEach(claim ->
                    users.computeIfAbsent(claim, _ -> new LinkedHashSet<>()).add(pod.uid()));
        }
    }

    private static List<String> claims(ObjectView pod) {
        List<String> used = new ArrayList<>(0);
        for (JsonNode volume : pod.spec().path("volumes")) {
            String name = volume.path("persistentVolumeClaim").path("claimName").asString("");
            if (!name.isEmpty()) {
                used.add(pod.namespace() + "/" + name);
            }
        }
        return used;
    }

    List<String> claimsOf(String podUid) {
        return claimsOfPod.getOrDefault(podUid, List.of());
    }

    /** The pods, by UID, that use a claim. */
    Set<String> usersOf(String claim) {
        return users.getOrDefault(claim, Set.of());
    }

    @Nullable
    ObjectView claim(String key) {
        return claims.get(key);
    }

    @Nullable
    ObjectView volume(String name) {
        return volumes.get(name);
    }

    /** In the order of their names, so that a choice can be repeated. */
    Collection<ObjectView> volumes() {
        return volumes.values();
    }

    Collection<ObjectView> claims() {
        return claims.values();
    }

    /** The volume that is meant for a claim already. */
    @Nullable
    ObjectView volumeFor(ObjectView claim) {
        String name = volumeOfClaim.get(key(claim));
        ObjectView volume = name == null ? null : volumes.get(name);
        if (volume == null) {
            return null;
        }
        String uid = volume.spec().path("claimRef").path("uid").asString("");
        return uid.isEmpty() || uid.equals(claim.uid()) ? volume : null;
    }

    /** The class of a claim; null when it names none, or one that is not there. */
    @Nullable
    ObjectView classOf(ObjectView claim) {
        return classes.get(claim.spec().path("storageClassName").asString(""));
    }
}
