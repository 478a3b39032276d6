package dev.waybill.image.collection;

import java.time.Duration;

/**
 * When images are collected, with the kubelet's names and defaults. Immutable.
 *
 * @param highThresholdPercent use of the disk from which on images go
 * @param lowThresholdPercent use of the disk at which that ends
 * @param minimumAge images that were used more recently stay
 * @param maximumAge images that were not used for so long go however empty the disk is; zero for never
 */
public record CollectionPolicy(
        int highThresholdPercent, int lowThresholdPercent, Duration minimumAge, Duration maximumAge) {

    public CollectionPolicy {
        if (lowThresholdPercent < 0 || highThresholdPercent > 100 || lowThresholdPercent > highThresholdPercent) {
            throw new IllegalArgumentException("waybill.image.gc: 0 <= low-threshold-percent (" + lowThresholdPercent
                    + ") <= high-threshold-percent (" + highThresholdPercent + ") <= 100 must hold");
        }
    }
}
