package dev.waybill.image.hosts;

import java.net.URI;

/**
 * One address that serves the images of a registry. Immutable.
 *
 * @param base scheme, host, port and path, below which {@code <repository>/manifests} lies; ends with no slash
 * @param registry the registry whose images these are, as references name it
 * @param name what credentials are looked up by: host, and port if there is one
 * @param mirror false for the registry itself
 */
public record Endpoint(URI base, String registry, String name, boolean mirror) {

    /** The address of something in a repository; mirrors are told whose repository it is, as containerd tells them. */
    public URI of(String repository, String path) {
        return URI.create(base + "/" + repository + "/" + path + (mirror ? "?ns=" + registry : ""));
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
