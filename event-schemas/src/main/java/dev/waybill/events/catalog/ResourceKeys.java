package dev.waybill.events.catalog;

/** Keys of the resource log: {@code group/resource/namespace/name}, the first empty for the core group. Stateless. */
public final class ResourceKeys {
    private ResourceKeys() {}

    /** Group and resource of a key, such as {@code /pods} or {@code apps/deployments}; all of what is no such key. */
    public static String kind(String key) {
        int end = key.indexOf('/', key.indexOf('/') + 1);
        return end < 0 ? key : key.substring(0, end);
    }
}
