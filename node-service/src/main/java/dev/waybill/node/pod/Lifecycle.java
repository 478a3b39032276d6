package dev.waybill.node.pod;

import java.util.Map;

/**
 * What a container wants at its beginning and its end. Immutable.
 *
 * @param stopSignal what ends it; empty for its image's
 */
public record Lifecycle(Map<Hook, ProbeSpec.Action> hooks, String stopSignal) {}
