package dev.waybill.node.pod;

/**
 * A PersistentVolume on this node. Immutable.
 *
 * @param type what must be at the path or is made there, as with hostPath
 * @param made whether this node makes the directory itself
 * @param readOnly whether its access modes allow reading only
 */
public record BoundVolume(String name, String path, String type, boolean made, boolean readOnly) {}
