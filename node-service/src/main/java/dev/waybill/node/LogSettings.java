package dev.waybill.node;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How much of containers' logs is kept, {@code waybill.node.logs.*}; the kubelet's defaults. Immutable.
 *
 * @param maxBytes at this size a log is begun anew
 * @param maxFiles files of a log, the one that is written included
 */
@ConfigurationProperties("waybill.node.logs")
public record LogSettings(
        @DefaultValue("10485760") long maxBytes,
        @DefaultValue("5") int maxFiles) {
    static final LogSettings KUBELETS = new LogSettings(10 << 20, 5);

    public LogSettings {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("waybill.node.logs.max-bytes: must be positive, not " + maxBytes);
        }
        if (maxFiles < 2) {
            throw new IllegalArgumentException("waybill.node.logs.max-files: must be 2 or more, not " + maxFiles);
        }
    }
}
