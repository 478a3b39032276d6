package dev.waybill.node;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the node keeps from pods for the machine itself, {@code waybill.node.reserved.*}: its capacity less this is
 * allocatable. Immutable.
 *
 * @param cpuMillis CPU
 * @param memoryBytes memory
 */
@ConfigurationProperties("waybill.node.reserved")
public record NodeReserve(
        @DefaultValue("0") long cpuMillis,
        @DefaultValue("0") long memoryBytes) {
    static final NodeReserve NOTHING = new NodeReserve(0, 0);
}
