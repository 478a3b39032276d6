package dev.waybill.node.agent;

import dev.waybill.node.pod.PodSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Where a pod's things lie on this machine, and what they are called. Immutable. */
record PodPaths(Path directory, String cgroupParent) {
    Path namespaces() {
        return directory.resolve("ns");
    }

    Path networkNamespace() {
        return namespaces().resolve("net");
    }

    Path files() {
        return directory.resolve("etc");
    }

    Path volumes() {
        return directory.resolve("volumes");
    }

    Path containers() {
        return directory.resolve("containers");
    }

    /** Bundle and root file system of one start of a container. */
    Path bundle(String container, int attempt) {
        return containers().resolve(container).resolve(Integer.toString(attempt));
    }

    /** The log of one start of a container, in the CRI's format. */
    Path log(String container, int attempt) {
        return logs(container).resolve(attempt + ".log");
    }

    Path logs(String container) {
        return directory.resolve("logs").resolve(container);
    }

    String podGroup(PodSpec pod) {
        return cgroupParent + "/" + pod.qosClass().directory() + "/pod" + pod.uid();
    }

    String containerGroup(PodSpec pod, String container) {
        return podGroup(pod) + "/" + container;
    }

    /** The id of a container at the runtime: the same for the same start, so it is found again after a crash. */
    static String containerId(String podUid, String container, int attempt) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((podUid + "/" + container + "/" + attempt).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
