package dev.waybill.node;

import dev.waybill.events.objects.SecretCipher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The service's own settings, {@code waybill.node.*}. Immutable.
 *
 * @param name the node's name
 * @param directory what the node keeps
 * @param address where the node's log server listens and is found
 * @param port of the log server
 * @param pkiDirectory ca.crt, node.crt and node.key for mutual TLS with the gateway
 * @param secretsKeyFile the node's own key, which Secrets are sealed with for it
 * @param cgroupParent group of all pods; /waybill/NAME when empty
 * @param podSubnet addresses of this node's pods
 * @param bridge name of the node's bridge; derived from its name when empty
 * @param runtime OCI runtime of pods without a RuntimeClass
 * @param handlers programs that RuntimeClasses may name as handlers; those that are not installed are left out
 * @param seccompDefault whether containers without a seccompProfile get RuntimeDefault instead of Unconfined
 * @param firstUserId where the id ranges of pods with {@code hostUsers: false} begin
 * @param allowedUnsafeSysctls sysctls beyond the safe ones that pods may set; one that ends with * is a beginning
 * @param cniPlugins directory of the CNI plugins
 * @param cpuMillis CPU that pods may have; 0 is all of the machine
 * @param memoryBytes memory that pods may have; 0 is all of the machine
 * @param podPids most processes of a pod; 0 is no limit
 * @param heartbeat time between two heartbeats
 * @param sample time between two samples of what containers use
 * @param stopPodsOnShutdown whether pods end with the agent, or run on until it comes back
 * @param shutdownGrace longest time that a container has to end by itself then
 * @param keyFile the node's own key; null when it was given none
 * @param gateway https://HOST:PORT of the API; empty when pods get neither tokens nor a way to it
 * @param apiPort where pods find the API on the bridge's address
 */
@ConfigurationProperties("waybill.node")
public record NodeSettings(
        String name,
        Path directory,
        @DefaultValue("127.0.0.1") String address,
        @DefaultValue("10250") int port,
        Path pkiDirectory,
        Path secretsKeyFile,
        @DefaultValue("") String cgroupParent,
        @DefaultValue("10.85.0.0/24") String podSubnet,
        @DefaultValue("") String bridge,
        @DefaultValue("crun") String runtime,
        @DefaultValue({"crun", "runc", "runsc"}) List<String> handlers,
        @DefaultValue("false") boolean seccompDefault,
        @DefaultValue("1879048192") long firstUserId,
        @DefaultValue({}) List<String> allowedUnsafeSysctls,
        @DefaultValue("/usr/lib/cni") Path cniPlugins,
        @DefaultValue("0") long cpuMillis,
        @DefaultValue("0") long memoryBytes,
        @DefaultValue("0") long podPids,
        @DefaultValue("5s") Duration heartbeat,
        @DefaultValue("10s") Duration sample,
        @DefaultValue("false") boolean stopPodsOnShutdown,
        @DefaultValue("10s") Duration shutdownGrace,
        @Nullable Path keyFile,
        @DefaultValue("") String gateway,
        @DefaultValue("443") int apiPort) {

    /** Opens the Secrets of this node's pods; null while the node has no key: it runs pods without Secrets. */
    public @Nullable SecretCipher secretCipher() throws IOException {
        return Files.exists(secretsKeyFile) ? SecretCipher.fromKeyFile(secretsKeyFile) : null;
    }

    String cgroup() {
        return cgroupParent.isEmpty() ? "/waybill/" + name : cgroupParent;
    }

    String bridgeName() {
        return bridge.isEmpty() ? "wb" + Integer.toHexString(name.hashCode()) : bridge;
    }
}
