package dev.waybill.gateway.http.stream;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** A connection to a port of a pod, made by the pod's node. Stateless. */
public final class ForwardedPort {
    private ForwardedPort() {}

    /**
     * Connects.
     *
     * @param secure whether TLS is spoken to the program that listens there
     * @throws IOException saying why, also when nobody listens
     */
    public static Connection open(
            SSLContext tls, NodeEndpoint node, String namespace, String pod, int port, boolean secure)
            throws IOException {
        NodeUpgrade answer = NodeUpgrade.request(
                tls,
                node,
                "/portForward/" + namespace + "/" + pod + "?ports=" + port,
                Map.of("Connection", List.of("Upgrade"), "Upgrade", List.of("tcp")));
        if (answer.status() != 101) {
            try (answer) {
                throw new IOException(answer.reason());
            }
        }
        return secure ? answer.securedWithin(pod, port) : answer;
    }
}
