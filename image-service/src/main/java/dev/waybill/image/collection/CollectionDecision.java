package dev.waybill.image.collection;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * Which images go, those first that were not used for longest. Pure.
 *
 * @param expired images that were not used for too long: all of them go
 * @param candidates images to remove one after the other until {@code bytesToFree} are free
 * @param bytesToFree zero when the disk has room
 */
public record CollectionDecision(List<ImageUse> expired, List<ImageUse> candidates, long bytesToFree) {

    /** Decides; an image that a pod uses, or that is younger than the minimum age, is in neither list. */
    public static CollectionDecision decide(CollectionPolicy policy, DiskUse disk, List<ImageUse> images, Instant now) {
        List<ImageUse> removable = images.stream()
                .filter(image -> !image.inUse() && age(image, now).compareTo(policy.minimumAge()) >= 0)
                .sorted(Comparator.comparing(ImageUse::lastUsed))
                .toList();
        List<ImageUse> expired = policy.maximumAge().isZero()
                ? List.of()
                : removable.stream()
                        .filter(image -> age(image, now).compareTo(policy.maximumAge()) > 0)
                        .toList();
        boolean full = disk.percent() >= policy.highThresholdPercent();
        long bytesToFree = full ? disk.bytesAbove(policy.lowThresholdPercent()) : 0;
        List<ImageUse> candidates = full
                ? removable.stream().filter(image -> !expired.contains(image)).toList()
                : List.of();
        return new CollectionDecision(expired, candidates, bytesToFree);
    }

    private static Duration age(ImageUse image, Instant now) {
        return Duration.between(image.lastUsed(), now);
    }
}
