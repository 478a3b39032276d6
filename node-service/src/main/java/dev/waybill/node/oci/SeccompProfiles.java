package dev.waybill.node.oci;

import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.Seccomp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The seccomp profiles of this machine: the node's own and those in a directory. Immutable.
 *
 * @param directory where {@code localhostProfile} is looked up
 * @param defaulted whether containers without a seccompProfile get the node's own
 */
public record SeccompProfiles(Path directory, boolean defaulted) {

    /**
     * The profile of a container; null for none.
     *
     * @throws ContainerConfigException when it is not there or cannot be read
     */
    public @Nullable SeccompProfile of(PodSpec pod, ContainerSpec container) {
        return switch (Seccomp.of(pod, container, defaulted)) {
            case Seccomp.Unconfined() -> null;
            case Seccomp.RuntimeDefault() -> SeccompProfile.runtimeDefault();
            case Seccomp.Localhost(String path) -> load(path);
        };
    }

    private SeccompProfile load(String path) {
        Path file = directory.resolve(path).normalize();
        if (!file.startsWith(directory) || file.equals(directory)) {
            throw refused(file, "it leads out of " + directory);
        }
        try {
            if (!Files.exists(file)) {
                throw refused(file, "open " + file + ": no such file or directory");
            }
            if (!file.toRealPath().startsWith(directory.toRealPath())) {
                throw refused(file, "it leads out of " + directory);
            }
            return SeccompProfile.parse(Files.readAllBytes(file));
        } catch (IOException e) {
            throw refused(file, "read " + file + ": " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new ContainerConfigException(
                    "CreateContainerError", "decoding seccomp profile failed \"" + file + "\": " + e.getMessage());
        }
    }

    private static ContainerConfigException refused(Path file, String why) {
        return new ContainerConfigException(
                "CreateContainerError", "cannot load seccomp profile \"" + file + "\": " + why);
    }
}
