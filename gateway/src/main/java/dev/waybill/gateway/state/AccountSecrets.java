package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;

/**
 * Secrets with a token of a ServiceAccount end with the account, in the same transaction
 * (k8s.io/kubernetes/pkg/controller/serviceaccount). What is in them is the gateway's work, which alone has the key.
 * Stateless.
 */
public final class AccountSecrets {
    /** The type of these Secrets. */
    public static final String TYPE = "kubernetes.io/service-account-token";

    /** The annotation that names the account. */
    public static final String ACCOUNT = "kubernetes.io/service-account.name";

    /** The annotation with the account's uid, which the gateway adds. */
    public static final String ACCOUNT_UID = "kubernetes.io/service-account.uid";

    private AccountSecrets() {}

    /** Whether an object is such a Secret. */
    public static boolean is(StoredObject object) {
        return object.key().group().isEmpty()
                && object.key().resource().equals("secrets")
                && Json.text(object.json(), "type").equals(TYPE);
    }

    /** The account that a Secret names; empty when it names none. */
    public static String account(StoredObject secret) {
        return Json.text(secret.json(), "metadata", "annotations", ACCOUNT);
    }

    static void follow(Draft draft, ResourceDelta delta) {
        ResourceKey key = delta.key();
        if (delta.change() != ResourceDelta.Change.DELETED
                || !key.resource().equals("serviceaccounts")
                || !key.group().isEmpty()) {
            return;
        }
        for (StoredObject secret : draft.image().list("", "secrets", key.namespace())) {
            if (is(secret) && account(secret).equals(key.name()) && !secret.deleting()) {
                Deletion.delete(draft, secret, Deletion.Options.BACKGROUND);
            }
        }
    }
}
