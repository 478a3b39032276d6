package dev.waybill.node.pod;

/**
 * What a pod is called by the programs in it and by others (the kubelet's GeneratePodHostNameAndDomain). Immutable.
 *
 * @param label its name within its domain
 * @param domain of a pod with a subdomain; empty without one
 * @param qualified whether the kernel is told the whole name ({@code setHostnameAsFQDN})
 */
public record HostName(String label, String domain, boolean qualified) {
    private static final int LONGEST_LABEL = 63;
    /** The nodename field of utsname, less the zero at its end (uname(2)). */
    private static final int LONGEST = 64;

    /** The name of a pod that may say how it wants to be called; empty words are unsaid. */
    static HostName of(String namespace, String podName, String hostname, String subdomain, boolean qualified) {
        String label = hostname.isEmpty() ? podName : hostname;
        if (label.length() > LONGEST_LABEL) {
            label = label.substring(0, LONGEST_LABEL).replaceFirst("[-.]+$", "");
        }
        String domain = subdomain.isEmpty() ? "" : subdomain + "." + namespace + ".svc.cluster.local";
        return new HostName(label, domain, qualified);
    }

    /** The name below its domain; just the label without one. */
    public String full() {
        return domain.isEmpty() ? label : label + "." + domain;
    }

    /**
     * The host name that the kernel gives to the pod's processes.
     *
     * @throws IllegalStateException in the kubelet's words when it does not fit
     */
    public String ofKernel() {
        String name = qualified ? full() : label;
        if (name.length() > LONGEST) {
            throw new IllegalStateException("failed to construct FQDN from pod hostname and cluster domain, FQDN "
                    + name + " is too long (" + LONGEST + " characters is the max, " + name.length()
                    + " characters requested)");
        }
        return name;
    }
}
