package dev.waybill.image.hosts;

import dev.waybill.image.credentials.Credentials;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How one host is talked to. Immutable.
 *
 * @param tls whom to trust and who we are
 * @param credentials what the hosts file gives for it
 * @param proxy its own proxy; empty where the environment decides
 * @param direct true when it is never reached through a proxy
 */
public record HostSettings(Tls tls, Optional<Credentials> credentials, Optional<URI> proxy, boolean direct) {

    /** What a host that nobody configured gets. */
    public static final HostSettings DEFAULT = new HostSettings(Tls.DEFAULT, Optional.empty(), Optional.empty(), false);

    /**
     * TLS of one host. Immutable.
     *
     * @param ca PEM file of certificates to trust instead of the system's
     * @param certificate PEM file of the client's certificate chain
     * @param key PEM file of its PKCS #8 key
     * @param insecureSkipVerify true to trust anybody
     */
    public record Tls(Optional<Path> ca, Optional<Path> certificate, Optional<Path> key, boolean insecureSkipVerify) {
        public static final Tls DEFAULT = new Tls(Optional.empty(), Optional.empty(), Optional.empty(), false);
    }
}
