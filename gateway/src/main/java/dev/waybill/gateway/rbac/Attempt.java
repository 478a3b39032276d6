package dev.waybill.gateway.rbac;

/** What somebody is about to do, in the terms of a policy rule. Immutable. */
public sealed interface Attempt {

    String verb();

    /** The sentence that refuses it, as Kubernetes words it. */
    String refusal(String user);

    /**
     * Something done to objects.
     *
     * @param group as the path or the request names it, which may differ from the group objects are stored under
     * @param subresource empty for the object itself
     * @param namespace empty at the cluster's scope and over all namespaces
     * @param name empty for collections and for objects to be created
     */
    record OnResource(String verb, String group, String resource, String subresource, String namespace, String name)
            implements Attempt {

        /** The same in another verb. */
        public OnResource as(String other) {
            return new OnResource(other, group, resource, subresource, namespace, name);
        }

        /** The resource with its subresource, as rules name it. */
        public String whole() {
            return subresource.isEmpty() ? resource : resource + "/" + subresource;
        }

        /** The resource with its group, as messages name it. */
        public String qualified() {
            return group.isEmpty() ? resource : resource + "." + group;
        }

        @Override
        public String refusal(String user) {
            return "User \"" + user + "\" cannot " + verb + " resource \"" + whole() + "\" in API group \"" + group
                    + "\""
                    + (namespace.isEmpty() ? " at the cluster scope" : " in the namespace \"" + namespace + "\"");
        }
    }

    /** Something done to a path that stands for no object. */
    record OnPath(String verb, String path) implements Attempt {
        @Override
        public String refusal(String user) {
            return "User \"" + user + "\" cannot " + verb + " path \"" + path + "\"";
        }
    }
}
