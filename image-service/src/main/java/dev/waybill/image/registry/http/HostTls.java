package dev.waybill.image.registry.http;

import dev.waybill.image.hosts.HostSettings;
import dev.waybill.image.hosts.RegistryHosts;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** TLS with the trust and the certificate that each host was given. Thread-safe. */
final class HostTls implements TlsSocketStrategy {

    private static final int HTTPS_PORT = 443;

    private final RegistryHosts hosts;
    private final Map<HostSettings.Tls, TlsSocketStrategy> strategies = new ConcurrentHashMap<>();

    HostTls(RegistryHosts hosts) {
        this.hosts = hosts;
    }

    @Override
    public SSLSocket upgrade(Socket socket, String target, int port, @Nullable Object attachment, HttpContext context)
            throws IOException {
        HostSettings.Tls tls = hosts.settings(port == HTTPS_PORT || port < 0 ? target : target + ":" + port)
                .tls();
        return strategies.computeIfAbsent(tls, HostTls::strategy).upgrade(socket, target, port, attachment, context);
    }

    private static TlsSocketStrategy strategy(HostSettings.Tls tls) {
        return tls.insecureSkipVerify()
                ? new DefaultClientTlsStrategy(TlsContexts.of(tls), NoopHostnameVerifier.INSTANCE)
                : new DefaultClientTlsStrategy(TlsContexts.of(tls));
    }
}
