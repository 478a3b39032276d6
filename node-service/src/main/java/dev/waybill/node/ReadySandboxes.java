package dev.waybill.node;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is made ahead of pods, {@code waybill.node.ready.*}. Immutable.
 *
 * @param sandboxes networks that are kept ready; 0 makes each when its pod comes
 */
@ConfigurationProperties("waybill.node.ready")
public record ReadySandboxes(@DefaultValue("8") int sandboxes) {
    static final ReadySandboxes NONE = new ReadySandboxes(0);

    public ReadySandboxes {
        if (sandboxes < 0 || sandboxes > 200) {
            throw new IllegalArgumentException("waybill.node.ready.sandboxes: must be from 0 to 200, not " + sandboxes);
        }
    }
}
