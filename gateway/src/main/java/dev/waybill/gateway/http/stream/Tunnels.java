package dev.waybill.gateway.http.stream;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The open tunnels of this gateway. Thread-safe. */
public final class Tunnels {
    private final Set<Tunnel> open = ConcurrentHashMap.newKeySet();

    /** Makes a request and the node's answer into a tunnel, which begins when the servlet returns. */
    public void open(HttpServletRequest request, HttpServletResponse response, NodeUpgrade node) throws IOException {
        node.headers().forEach(response::setHeader);
        open(request, node);
    }

    /** Makes a request and whoever agreed to it into a tunnel; the answer's headers are set already. */
    public void open(HttpServletRequest request, Connection node) throws IOException {
        Tunnel tunnel;
        try {
            tunnel = request.upgrade(Tunnel.class);
        } catch (ServletException e) {
            throw new IOException("the connection cannot change its protocol", e);
        }
        open.add(tunnel);
        tunnel.join(node, this);
    }

    void forget(Tunnel tunnel) {
        open.remove(tunnel);
    }

    /** How many are open. */
    public int count() {
        return open.size();
    }

    /** Ends all: the gateway shuts down. */
    public void endAll() {
        List.copyOf(open).forEach(Tunnel::closeNode);
    }
}
