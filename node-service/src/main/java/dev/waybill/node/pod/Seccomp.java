package dev.waybill.node.pod;

/** Which system calls a security context lets a process make. Immutable. */
public sealed interface Seccomp {
    /** All of them. */
    record Unconfined() implements Seccomp {}

    /** Those of the node's own profile. */
    record RuntimeDefault() implements Seccomp {}

    /** Those of a profile of the machine, by its path below the node's directory of profiles. */
    record Localhost(String path) implements Seccomp {}

    /**
     * What holds for a container, as the kubelet decides it: nothing for a privileged one, then the container's own word,
     * then its pod's.
     *
     * @param defaulted whether a container without any word has the node's profile instead of none
     */
    static Seccomp of(PodSpec pod, ContainerSpec container, boolean defaulted) {
        if (container.security().privileged()) {
            return new Unconfined();
        }
        if (container.security().seccomp() != null) {
            return container.security().seccomp();
        }
        if (pod.security().seccomp() != null) {
            return pod.security().seccomp();
        }
        return defaulted ? new RuntimeDefault() : new Unconfined();
    }
}
