package dev.waybill.node.store;

/** An object that pods refer to, as it was published: data of Secrets still sealed. Immutable. */
public record StoredObject(String resource, String namespace, String name, boolean exists, String object) {
    public String key() {
        return keyOf(resource, namespace, name);
    }

    public static String keyOf(String resource, String namespace, String name) {
        return resource + "/" + namespace + "/" + name;
    }
}
