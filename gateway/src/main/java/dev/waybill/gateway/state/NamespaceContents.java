package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * What every namespace has: the account that pods run as and the certificate that they trust. Both come back
 * when somebody takes them away, as Kubernetes' controllers for them do. Stateless.
 */
final class NamespaceContents {
    static final String ROOT_CERTIFICATE = "kube-root-ca.crt";
    private static final String CONFIG_MAPS = "configmaps";
    private static final String ACCOUNTS = "serviceaccounts";
    private static final String ACCOUNT = "default";

    private NamespaceContents() {}

    /** Adds what a namespace lacks. */
    static void complete(Draft draft, String namespace) {
        account(draft, namespace);
        certificate(draft, namespace);
    }

    private static void account(Draft draft, String namespace) {
        if (draft.get(new ResourceKey("", ACCOUNTS, namespace, ACCOUNT)) == null) {
            ObjectNode account = Json.object();
            account.put("apiVersion", "v1").put("kind", "ServiceAccount");
            account.putObject("metadata").put("name", ACCOUNT).put("namespace", namespace);
            draft.add(draft.kind("v1", "ServiceAccount"), account);
        }
    }

    private static void certificate(Draft draft, String namespace) {
        if (draft.rootCertificate().isEmpty()) {
            return;
        }
        StoredObject present = draft.get(new ResourceKey("", CONFIG_MAPS, namespace, ROOT_CERTIFICATE));
        if (present == null) {
            ObjectNode map = Json.object();
            map.put("apiVersion", "v1").put("kind", "ConfigMap");
            map.putObject("metadata")
                    .put("name", ROOT_CERTIFICATE)
                    .put("namespace", namespace)
                    .putObject("annotations")
                    .put(
                            "kubernetes.io/description",
                            "Contains a CA bundle that can be used to verify the API server when using internal"
                                    + " endpoints.");
            map.putObject("data").put("ca.crt", draft.rootCertificate());
            draft.add(draft.kind("v1", "ConfigMap"), map);
        } else if (!present.json().path("data").path("ca.crt").asString("").equals(draft.rootCertificate())) {
            ObjectNode map = present.copy();
            map.putObject("data").put("ca.crt", draft.rootCertificate());
            draft.replace(present, map);
        }
    }

    /** Follows a change: what is taken away comes back while the namespace stays. */
    static void follow(Draft draft, ResourceDelta delta) {
        ResourceKey key = delta.key();
        if (!key.group().isEmpty() || delta.change() == ResourceDelta.Change.ADDED) {
            return;
        }
        boolean certificate =
                key.name().equals(ROOT_CERTIFICATE) && key.resource().equals(CONFIG_MAPS);
        boolean account = key.name().equals(ACCOUNT) && key.resource().equals(ACCOUNTS);
        if (!certificate && !account) {
            return;
        }
        StoredObject namespace = draft.get(new ResourceKey("", "namespaces", "", key.namespace()));
        if (namespace == null || namespace.deleting()) {
            return;
        }
        if (certificate) {
            certificate(draft, key.namespace());
        } else {
            account(draft, key.namespace());
        }
    }
}
