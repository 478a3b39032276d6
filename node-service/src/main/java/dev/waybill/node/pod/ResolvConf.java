package dev.waybill.node.pod;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A pod's /etc/resolv.conf: the node's, unless {@code dnsPolicy: None}, with what {@code dnsConfig} adds; an option of the
 * pod's replaces the node's of the same name (kubelet's DNS configurer). Pure.
 */
public final class ResolvConf {
    /** What resolvers take (kubelet: MaxDNSNameservers, MaxDNSSearchPaths). */
    private static final int MOST_NAMESERVERS = 3;

    private static final int MOST_SEARCHES = 32;

    private ResolvConf() {}

    /** @param node the lines of the node's own file */
    public static String of(PodSpec pod, List<String> node) {
        Set<String> nameservers = new LinkedHashSet<>();
        List<String> searches = new ArrayList<>();
        Map<String, String> options = new LinkedHashMap<>();
        if (!pod.dnsPolicy().equals("None")) {
            for (String line : node) {
                List<String> words = List.of(line.strip().split("\\s+", -1));
                List<String> rest = words.subList(1, words.size());
                switch (words.getFirst()) {
                    case "nameserver" -> nameservers.addAll(rest);
                    case "search", "domain" -> {
                        searches.clear();
                        searches.addAll(rest);
                    }
                    case "options" -> rest.forEach(option -> put(options, option));
                    default -> {}
                }
            }
        }
        nameservers.addAll(pod.nameservers());
        searches.addAll(pod.searches());
        pod.dnsOptions().forEach(option -> put(options, option));
        StringBuilder text = new StringBuilder();
        nameservers.stream()
                .limit(MOST_NAMESERVERS)
                .forEach(server -> text.append("nameserver ").append(server).append('\n'));
        line(text, "search", searches.stream().distinct().limit(MOST_SEARCHES).collect(Collectors.joining(" ")));
        line(text, "options", String.join(" ", options.values()));
        return text.toString();
    }

    private static void put(Map<String, String> options, String option) {
        options.put(option.split(":", 2)[0], option);
    }

    private static void line(StringBuilder text, String word, String rest) {
        if (!rest.isEmpty()) {
            text.append(word).append(' ').append(rest).append('\n');
        }
    }
}
