package dev.waybill.image;

import dev.waybill.image.collection.CollectionPolicy;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When images are collected, {@code waybill.image.gc.*}, with the kubelet's defaults. Immutable.
 *
 * @param highThresholdPercent use of the disk from which on images go
 * @param lowThresholdPercent use of the disk at which that ends
 * @param minimumAge images that were used more recently stay
 * @param maximumAge images that were not used for so long go however empty the disk is; 0 for never
 * @param interval between rounds
 * @param look how often the store is looked at for changes to report
 */
@ConfigurationProperties("waybill.image.gc")
public record CollectionSettings(
        @DefaultValue("85") int highThresholdPercent,
        @DefaultValue("80") int lowThresholdPercent,
        @DefaultValue("2m") Duration minimumAge,
        @DefaultValue("0") Duration maximumAge,
        @DefaultValue("1m") Duration interval,
        @DefaultValue("5s") Duration look) {

    CollectionPolicy policy() {
        return new CollectionPolicy(highThresholdPercent, lowThresholdPercent, minimumAge, maximumAge);
    }
}
