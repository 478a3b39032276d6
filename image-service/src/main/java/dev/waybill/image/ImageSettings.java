package dev.waybill.image;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The service's own settings, {@code waybill.image.*}. Immutable.
 *
 * @param storeDir where layers and images lie
 * @param driver how containers' roots are made of layers: auto, overlay, btrfs or vfs
 * @param secretsKeyFile the node's own key, which Secrets are sealed with for it
 * @param registries the hosts file: mirrors, trust and proxies; none when unset
 * @param policy which images may be used, and whose signatures they need; all when unset
 * @param dockerConfig what the node itself may pull, as docker keeps it; nothing when unset
 * @param parallelPulls images pulled at once
 * @param parallelLayers layers of one image fetched at once
 * @param parallelDownloads blobs, or ranges of blobs, that come at once
 * @param parallelDownloadsPerRegistry of them, from one registry
 * @param bandwidth bytes a second of all downloads; 0 for no limit
 * @param rangesFrom blobs of at least this size come in ranges over several connections
 * @param rangeSize size of a range
 * @param rangeConnections connections for one blob
 * @param partsKeptFor how long a part of a blob waits for the pull to be repeated
 * @param partsKept how much such parts may hold in all
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
        @DefaultValue("auto") String driver,
        Path secretsKeyFile,
        @Nullable Path registries,
        @Nullable Path policy,
        @Nullable Path dockerConfig,
        @DefaultValue("8") int parallelPulls,
        @DefaultValue("3") int parallelLayers,
        @DefaultValue("8") int parallelDownloads,
        @DefaultValue("6") int parallelDownloadsPerRegistry,
        @DefaultValue("0B") DataSize bandwidth,
        @DefaultValue("64MB") DataSize rangesFrom,
        @DefaultValue("8MB") DataSize rangeSize,
        @DefaultValue("3") int rangeConnections,
        @DefaultValue("24h") Duration partsKeptFor,
        @DefaultValue("8GB") DataSize partsKept,
        @DefaultValue("10s") Duration connectTimeout,
        @DefaultValue("30s") Duration answerTimeout,
        @DefaultValue("30s") Duration stallTimeout,
        @DefaultValue("4") int attempts,
        @DefaultValue("250ms") Duration retryAfter,
        @DefaultValue("60s") Duration requestMaxAge,
        @DefaultValue("64GB") DataSize maxLayerSize,
        @DefaultValue("2000000") long maxLayerEntries) {

    public ImageSettings {
        positive("parallel-pulls", parallelPulls);
        positive("parallel-layers", parallelLayers);
        positive("parallel-downloads", parallelDownloads);
        positive("parallel-downloads-per-registry", parallelDownloadsPerRegistry);
        positive("range-size", rangeSize.toBytes());
        positive("range-connections", rangeConnections);
        positive("attempts", attempts);
        positive("bandwidth", bandwidth.toBytes() + 1);
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException("waybill.image." + name + " must be more than nothing");
        }
    }
}
