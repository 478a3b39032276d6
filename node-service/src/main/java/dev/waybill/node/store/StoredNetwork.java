package dev.waybill.node.store;

import tools.jackson.databind.JsonNode;

/**
 * How a pod is connected, kept for its disconnection. Immutable.
 *
 * @param id by which the CNI plugins know it: of the ready network that it took, else the pod's UID
 * @param result of the last plugin
 * @param complete whether all plugins have run; else it is disconnected and connected anew
 */
public record StoredNetwork(String id, JsonNode result, boolean complete) {}
