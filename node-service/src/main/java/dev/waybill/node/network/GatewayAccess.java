package dev.waybill.node.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How pods reach the API: under the name that the gateway's certificate has, by the relay on the bridge, or directly from
 * the node's own network. Thread-safe.
 */
public record GatewayAccess(GatewayAddress gateway, PodSubnet pods, PodRelay relay) {
    private static final String NAME = "kubernetes.default.svc";
    private static final String ALIASES = NAME + "\tkubernetes.default.svc.cluster.local\tkubernetes.default";

    /** The variables by which clients find the API, as the kubelet gives them for the Service kubernetes. */
    public Map<String, String> environment(boolean hostNetwork) {
        String port = Integer.toString(hostNetwork ? gateway.port() : relay.port());
        String whole = "tcp://" + NAME + ":" + port;
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("KUBERNETES_SERVICE_HOST", NAME);
        variables.put("KUBERNETES_SERVICE_PORT", port);
        variables.put("KUBERNETES_SERVICE_PORT_HTTPS", port);
        variables.put("KUBERNETES_PORT", whole);
        variables.put("KUBERNETES_PORT_443_TCP", whole);
        variables.put("KUBERNETES_PORT_443_TCP_PROTO", "tcp");
        variables.put("KUBERNETES_PORT_443_TCP_PORT", port);
        variables.put("KUBERNETES_PORT_443_TCP_ADDR", NAME);
        return variables;
    }

    /** The line of /etc/hosts for that name; empty when the gateway's own cannot be resolved. */
    public String hostsLine(boolean hostNetwork) {
        if (!hostNetwork) {
            return pods.bridge() + "\t" + ALIASES + "\n";
        }
        try {
            return InetAddress.getByName(gateway.host()).getHostAddress() + "\t" + ALIASES + "\n";
        } catch (UnknownHostException e) {
            return "";
        }
    }
}
