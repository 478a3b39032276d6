package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a new pod gets from its ServiceAccount: pull secrets where it names none, and a volume with a token, the cluster's
 * certificate and the namespace for each container that has nothing else there
 * (k8s.io/kubernetes/plugin/pkg/admission/serviceaccount). Stateless.
 */
final class PodAccount {
    private static final String VOLUME = "kube-api-access-";
    private static final String MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
    /** A little over an hour, by which Kubernetes tells the tokens that it mounts itself from others. */
    private static final int TOKEN_SECONDS = 3_607;

    private static final int MODE = 0644;

    private PodAccount() {}

    static void complete(Draft draft, String namespace, ObjectNode spec) {
        String named = Json.text(spec, "serviceAccountName");
        StoredObject account =
                draft.get(new ResourceKey("", "serviceaccounts", namespace, named.isEmpty() ? "default" : named));
        if (account == null) {
            return;
        }
        JsonNode secrets = account.json().path("imagePullSecrets");
        if (spec.path("imagePullSecrets").isEmpty() && !secrets.isEmpty()) {
            spec.set("imagePullSecrets", secrets.deepCopy());
        }
        if (mounts(spec, account)) {
            mount(spec, draft.ids().suffix());
        }
    }

    private static boolean mounts(ObjectNode spec, StoredObject account) {
        String field = "automountServiceAccountToken";
        JsonNode said = Json.absent(spec, field) ? account.json().path(field) : spec.path(field);
        return said.asBoolean(true);
    }

    private static void mount(ObjectNode spec, String suffix) {
        String present = present(spec);
        String volume = present == null ? VOLUME + suffix : present;
        boolean needed = false;
        for (String list : List.of("initContainers", "containers")) {
            for (ObjectNode container : Json.objects(spec.path(list))) {
                boolean taken = container
                        .path("volumeMounts")
                        .valueStream()
                        .anyMatch(mount -> Json.text(mount, "mountPath").equals(MOUNT));
                if (!taken) {
                    needed = true;
                    Json.childArray(container, "volumeMounts")
                            .addObject()
                            .put("name", volume)
                            .put("readOnly", true)
                            .put("mountPath", MOUNT);
                }
            }
        }
        if (needed && present == null) {
            ObjectNode projected = Json.childArray(spec, "volumes")
                    .addObject()
                    .put("name", volume)
                    .putObject("projected");
            sources(projected);
            projected.put("defaultMode", MODE);
        }
    }

    /** A volume that the pod brings under this name is the one. */
    private static @Nullable String present(ObjectNode spec) {
        return spec.path("volumes")
                .valueStream()
                .map(volume -> Json.text(volume, "name"))
                .filter(name -> name.startsWith(VOLUME))
                .findFirst()
                .orElse(null);
    }

    private static void sources(ObjectNode projected) {
        var sources = projected.putArray("sources");
        sources.addObject()
                .putObject("serviceAccountToken")
                .put("expirationSeconds", TOKEN_SECONDS)
                .put("path", "token");
        ObjectNode certificate =
                sources.addObject().putObject("configMap").put("name", NamespaceContents.ROOT_CERTIFICATE);
        certificate.putArray("items").addObject().put("key", "ca.crt").put("path", "ca.crt");
        sources.addObject()
                .putObject("downwardAPI")
                .putArray("items")
                .addObject()
                .put("path", "namespace")
                .putObject("fieldRef")
                .put("apiVersion", "v1")
                .put("fieldPath", "metadata.namespace");
    }
}
