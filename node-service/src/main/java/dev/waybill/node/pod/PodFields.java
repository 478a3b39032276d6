package dev.waybill.node.pod;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The fields of a pod that containers can ask for (the downward API). Immutable. */
public record PodFields(PodSpec pod, String podIp, String hostIp) {
    private static final Pattern ENTRY = Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)']");

    /**
     * The value of a field path.
     *
     * @throws ContainerConfigException when there is no such field
     */
    public String value(String path) {
        Matcher entry = ENTRY.matcher(path);
        if (entry.matches()) {
            Map<String, String> map = entry.group(1).equals("labels") ? pod.labels() : pod.annotations();
            return map.getOrDefault(entry.group(2), "");
        }
        return switch (path) {
            case "metadata.name" -> pod.name();
            case "metadata.namespace" -> pod.namespace();
            case "metadata.uid" -> pod.uid();
            case "metadata.labels" -> lines(pod.labels());
            case "metadata.annotations" -> lines(pod.annotations());
            case "spec.nodeName" -> pod.nodeName();
            case "spec.serviceAccountName" -> pod.serviceAccountName();
            case "status.podIP", "status.podIPs" -> podIp;
            case "status.hostIP", "status.hostIPs" -> hostIp;
            default -> throw new ContainerConfigException("fieldPath \"" + path + "\" is not supported");
        };
    }

    private static String lines(Map<String, String> map) {
        return map.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + "=\""
                        + entry.getValue().replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
                .collect(Collectors.joining("\n"));
    }
}
