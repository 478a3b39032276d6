package dev.waybill.gateway.state;

/**
 * Names one object of the cluster; the version is no part of it. Immutable.
 *
 * @param group API group; empty for the core group
 * @param resource plural resource name
 * @param namespace empty when cluster-scoped
 */
public record ResourceKey(String group, String resource, String namespace, String name) {

    /** Reads {@code group/resource/namespace/name}; group and namespace may be empty. */
    public static ResourceKey parse(String logKey) {
        String[] parts = logKey.split("/", -1);
        if (parts.length != 4 || parts[1].isEmpty() || parts[3].isEmpty()) {
            throw new IllegalArgumentException("not group/resource/namespace/name: " + logKey);
        }
        return new ResourceKey(parts[0], parts[1], parts[2], parts[3]);
    }

    /** The record key in the resource log. */
    public String logKey() {
        return group + "/" + resource + "/" + namespace + "/" + name;
    }

    @Override
    public String toString() {
        return logKey();
    }
}
