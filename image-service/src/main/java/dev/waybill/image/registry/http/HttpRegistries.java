package dev.waybill.image.registry.http;

import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.hosts.RegistryHosts;
import dev.waybill.image.registry.Registries;
import dev.waybill.image.registry.Registry;

/** Registries over HTTP; connections, tokens and limits are shared by all who pull. Thread-safe. */
public final class HttpRegistries implements Registries, AutoCloseable {

    private final HttpConnections connections;
    private final HttpRegistry.Shared shared;

    /**
     * @param nodes what the node itself may use, whoever pulls
     * @throws dev.waybill.image.hosts.InvalidHostsException when a host's certificates can't be read
     */
    public HttpRegistries(
            RegistryHosts hosts, Keyring nodes, Timeouts timeouts, Backoff backoff, DownloadLimits limits) {
        hosts.settings().forEach((name, settings) -> TlsContexts.of(settings.tls()));
        this.connections = new HttpConnections(hosts, timeouts);
        this.shared = new HttpRegistry.Shared(
                new Requests(connections, hosts, nodes), hosts, new MirrorHealth(), backoff, limits);
    }

    @Override
    public Registry with(Keyring pullSecrets) {
        return new HttpRegistry(shared, pullSecrets, true);
    }

    @Override
    public void close() {
        connections.close();
    }
}
