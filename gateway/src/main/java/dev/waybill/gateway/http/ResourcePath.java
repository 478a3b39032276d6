package dev.waybill.gateway.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A path of the resource API, taken apart: {@code /api/v1/namespaces/shop/pods/web/log}. Immutable.
 *
 * @param group API group; empty for {@code /api/v1}
 * @param namespace empty when cluster-scoped or over all namespaces
 * @param name empty for collections
 * @param subresource empty for the object itself
 * @param watched whether the path asks for a watch, as {@code /api/v1/watch/...} of old clients does
 */
record ResourcePath(
        String group,
        String version,
        String namespace,
        String resource,
        String name,
        String subresource,
        boolean watched) {
    private static final String WATCH = "watch";

    /** Takes a raw request path apart; empty when it is no resource path. */
    static Optional<ResourcePath> parse(String rawPath) {
        List<String> parts = segments(rawPath);
        if (parts.size() >= 3 && parts.getFirst().equals("api")) {
            return rest("", parts.get(1), parts.subList(2, parts.size()));
        }
        if (parts.size() >= 4 && parts.getFirst().equals("apis")) {
            return rest(parts.get(1), parts.get(2), parts.subList(3, parts.size()));
        }
        return Optional.empty();
    }

    /** The decoded segments of a raw path. */
    static List<String> segments(String rawPath) {
        List<String> parts = new ArrayList<>();
        for (String part : rawPath.split("/", -1)) {
            if (!part.isEmpty()) {
                parts.add(URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8));
            }
        }
        return parts;
    }

    private static Optional<ResourcePath> rest(String group, String version, List<String> all) {
        boolean watched = all.getFirst().equals(WATCH) && all.size() > 1;
        List<String> parts = watched ? all.subList(1, all.size()) : all;
        boolean inNamespace = parts.getFirst().equals("namespaces")
                && parts.size() >= 3
                && !(parts.size() == 3
                        && (parts.get(2).equals("status") || parts.get(2).equals("finalize")));
        String namespace = inNamespace ? parts.get(1) : "";
        List<String> own = inNamespace ? parts.subList(2, parts.size()) : parts;
        boolean proxied = own.size() > 3 && own.get(2).equals(Proxies.SUBRESOURCE); // what follows is the program's
        if (own.size() > 3 && !proxied) {
            return Optional.empty();
        }
        return Optional.of(new ResourcePath(
                group,
                version,
                namespace,
                own.getFirst(),
                own.size() > 1 ? own.get(1) : "",
                own.size() > 2 ? own.get(2) : "",
                watched));
    }

    /** The path of the objects beside this one. */
    ResourcePath collection() {
        return new ResourcePath(group, version, namespace, resource, "", "", watched);
    }

    boolean isCollection() {
        return name.isEmpty();
    }
}
