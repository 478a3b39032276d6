package dev.waybill.scheduler.workload;

import java.util.ArrayList;
import java.util.List;

/**
 * How many replicas each replica set of a deployment should have next. The rules are those of Kubernetes' rolling
 * update: never more than {@code replicas + maxSurge} pods, never fewer than {@code replicas - maxUnavailable}
 * available ones, unhealthy old pods go first. Pure.
 */
final class RolloutPlan {
    private RolloutPlan() {}

    /**
     * A replica set's numbers.
     *
     * @param wanted spec.replicas
     * @param available status.availableReplicas
     * @param existing pods that are there, those that are going included
     */
    record Numbers(int wanted, int available, int existing) {}

    /** The next spec.replicas of the new replica set and of the old ones, in their order. */
    record Plan(int fresh, List<Integer> old) {}

    static Plan recreate(int replicas, List<Numbers> old) {
        boolean gone = old.stream().allMatch(numbers -> numbers.wanted == 0 && numbers.existing == 0);
        return new Plan(gone ? replicas : 0, old.stream().map(numbers -> 0).toList());
    }

    /**
     * One step of a rolling update.
     *
     * @param fresh the new replica set
     * @param old the others, oldest first
     */
    static Plan rolling(int replicas, int maxSurge, int maxUnavailable, Numbers fresh, List<Numbers> old) {
        int total = fresh.wanted + old.stream().mapToInt(Numbers::wanted).sum();
        int next = fresh.wanted;
        if (fresh.wanted > replicas) {
            next = replicas;
        } else if (fresh.wanted < replicas) {
            next = fresh.wanted + Math.clamp(replicas + maxSurge - total, 0, replicas - fresh.wanted);
        }
        return new Plan(next, scaleDown(replicas, maxUnavailable, fresh, old, total));
    }

    private static List<Integer> scaleDown(
            int replicas, int maxUnavailable, Numbers fresh, List<Numbers> old, int total) {
        int minAvailable = replicas - maxUnavailable;
        int freshUnavailable = Math.max(0, fresh.wanted - fresh.available);
        int room = total - minAvailable - freshUnavailable;
        List<Integer> next = new ArrayList<>(old.stream().map(Numbers::wanted).toList());
        for (int i = 0; i < old.size() && room > 0; i++) {
            int unhealthy = Math.max(0, old.get(i).wanted - old.get(i).available);
            int down = Math.min(room, unhealthy);
            next.set(i, next.get(i) - down);
            room -= down;
        }
        int available = fresh.available;
        for (int i = 0; i < old.size(); i++) {
            available += Math.min(old.get(i).available, next.get(i));
        }
        int spare = available - minAvailable;
        for (int i = 0; i < old.size() && spare > 0; i++) {
            int down = Math.min(spare, next.get(i));
            next.set(i, next.get(i) - down);
            spare -= down;
        }
        return next;
    }
}
