package dev.waybill.node.network;

import java.net.URI;

/** Where the gateway listens. Immutable. */
public record GatewayAddress(String host, int port) {
    private static final int USUAL_PORT = 6443;

    /**
     * Reads {@code https://HOST:PORT}.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static GatewayAddress parse(String url) {
        URI uri = URI.create(url);
        if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new IllegalArgumentException("waybill.node.gateway: not https://HOST:PORT: " + url);
        }
        return new GatewayAddress(uri.getHost(), uri.getPort() < 0 ? USUAL_PORT : uri.getPort());
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
