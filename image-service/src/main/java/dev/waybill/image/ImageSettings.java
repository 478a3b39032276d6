package dev.waybill.image;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The service's own settings, {@code waybill.image.*}. Immutable.
 *
 * @param storeDir where layers and images lie
 * @param parallelPulls images pulled at once
 * @param parallelLayers layers of one image fetched at once
 * @param connectTimeout until a registry accepts a connection
 * @param answerTimeout from a request to its response headers
 * @param stallTimeout longest time in which no byte of a body arrives
 * @param attempts tries of a request or layer, the first included
 * @param retryAfter wait before the second try; doubles from then on
 * @param requestMaxAge requests older than this are passed over
 * @param maxLayerSize largest uncompressed layer
 * @param maxLayerEntries most entries in a layer
 */
@ConfigurationProperties("waybill.image")
public record ImageSettings(
        Path storeDir,
        @DefaultValue("8") int parallelPulls,
        @DefaultValue("3") int parallelLayers,
        @DefaultValue("10s") Duration connectTimeout,
        @DefaultValue("30s") Duration answerTimeout,
        @DefaultValue("30s") Duration stallTimeout,
        @DefaultValue("4") int attempts,
        @DefaultValue("250ms") Duration retryAfter,
        @DefaultValue("60s") Duration requestMaxAge,
        @DefaultValue("64GB") DataSize maxLayerSize,
        @DefaultValue("2000000") long maxLayerEntries) {}
