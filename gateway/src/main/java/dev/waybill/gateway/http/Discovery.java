package dev.waybill.gateway.http;

import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.Kinds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the API offers: the legacy discovery documents, the aggregated one, and the version. Pure. */
final class Discovery {
    private static final Map<String, List<String>> SUBRESOURCE_VERBS = Map.ofEntries(
            Map.entry("status", List.of("get", "patch", "update")),
            Map.entry("scale", List.of("get", "patch", "update")),
            Map.entry("binding", List.of("create")),
            Map.entry("finalize", List.of("update")),
            Map.entry("ephemeralcontainers", List.of("get", "patch", "update")),
            Map.entry("resize", List.of("get", "patch", "update")),
            Map.entry("approval", List.of("get", "patch", "update")),
            Map.entry("log", List.of("get")),
            Map.entry(Proxies.SUBRESOURCE, List.of("create", "delete", "get", "patch", "update")),
            Map.entry("exec", List.of("create", "get")),
            Map.entry("attach", List.of("create", "get")),
            Map.entry("portforward", List.of("create", "get")));
    private static final Map<String, String> SUBRESOURCE_KIND = Map.of(
            "scale", "Scale",
            "binding", "Binding",
            "eviction", "Eviction",
            "exec", "PodExecOptions",
            "attach", "PodAttachOptions",
            "portforward", "PodPortForwardOptions",
            "token", "TokenRequest");
    private static final Map<String, List<String>> SUBRESOURCE_GROUP = Map.of(
            "scale", List.of("autoscaling", "v1"),
            "eviction", List.of("policy", "v1"),
            "token", List.of("authentication.k8s.io", "v1"));

    private final Kinds kinds;
    private final String serverAddress;

    Discovery(Kinds kinds, String serverAddress) {
        this.kinds = kinds;
        this.serverAddress = serverAddress;
    }

    ObjectNode version() {
        ObjectNode version = node();
        version.put("major", "1");
        version.put("minor", "35");
        version.put("gitVersion", "v1.35.0+waybill.0.1.0");
        version.put("gitCommit", "");
        version.put("gitTreeState", "clean");
        version.put("buildDate", "2026-01-01T00:00:00Z");
        version.put("goVersion", "none");
        version.put("compiler", "javac");
        version.put("platform", "linux/" + System.getProperty("os.arch"));
        return version;
    }

    /** {@code /api}. */
    ObjectNode coreVersions() {
        ObjectNode versions = node();
        versions.put("kind", "APIVersions");
        versions.putArray("versions").add("v1");
        ObjectNode address = versions.putArray("serverAddressByClientCIDRs").addObject();
        address.put("clientCIDR", "0.0.0.0/0");
        address.put("serverAddress", serverAddress);
        return versions;
    }

    /** {@code /apis}. */
    ObjectNode groups() {
        ObjectNode list = node();
        list.put("kind", "APIGroupList");
        list.put("apiVersion", "v1");
        ArrayNode groups = list.putArray("groups");
        versionsByGroup().forEach((group, versions) -> {
            if (!group.isEmpty()) {
                groups.add(group(group, versions));
            }
        });
        return list;
    }

    /** {@code /apis/GROUP}, or null when there is no such group. */
    @org.jspecify.annotations.Nullable
    ObjectNode group(String name) {
        Set<String> versions = versionsByGroup().get(name);
        if (versions == null || name.isEmpty()) {
            return null;
        }
        ObjectNode group = group(name, versions);
        group.put("kind", "APIGroup");
        group.put("apiVersion", "v1");
        return group;
    }

    /** {@code /apis/GROUP/VERSION} or {@code /api/v1}, or null when there is none such. */
    @org.jspecify.annotations.Nullable
    ObjectNode resources(String group, String version) {
        List<Kind> found = kindsOf(group, version);
        if (found.isEmpty()) {
            return null;
        }
        ObjectNode list = node();
        list.put("kind", "APIResourceList");
        list.put("apiVersion", "v1");
        list.put("groupVersion", found.getFirst().apiVersion());
        ArrayNode resources = list.putArray("resources");
        for (Kind kind : found) {
            ObjectNode resource = resources.addObject();
            resource.put("name", kind.plural());
            resource.put("singularName", kind.singular());
            resource.put("namespaced", kind.namespaced());
            resource.put("kind", kind.kind());
            strings(resource, "verbs", kind.verbs());
            strings(resource, "shortNames", kind.shortNames());
            strings(resource, "categories", kind.categories());
            for (String subresource : sorted(kind)) {
                ObjectNode sub = resources.addObject();
                sub.put("name", kind.plural() + "/" + subresource);
                sub.put("singularName", "");
                sub.put("namespaced", kind.namespaced());
                sub.put("kind", kindOf(kind, subresource));
                List<String> other = SUBRESOURCE_GROUP.getOrDefault(subresource, List.of());
                if (!other.isEmpty()) {
                    sub.put("group", other.getFirst());
                    sub.put("version", other.getLast());
                }
                strings(sub, "verbs", SUBRESOURCE_VERBS.getOrDefault(subresource, List.of("create")));
            }
        }
        return list;
    }

    /** The aggregated document of {@code /api} ({@code core}) or {@code /apis}, in this version of apidiscovery.k8s.io. */
    ObjectNode aggregated(boolean core, String discoveryVersion) {
        ObjectNode list = node();
        list.put("kind", "APIGroupDiscoveryList");
        list.put("apiVersion", "apidiscovery.k8s.io/" + discoveryVersion);
        list.putObject("metadata");
        ArrayNode items = list.putArray("items");
        versionsByGroup().forEach((group, versions) -> {
            if (group.isEmpty() != core) {
                return;
            }
            ObjectNode item = items.addObject();
            ObjectNode metadata = item.putObject("metadata");
            if (!group.isEmpty()) {
                metadata.put("name", group);
            }
            ArrayNode versionNodes = item.putArray("versions");
            for (String version : versions) {
                ObjectNode versionNode = versionNodes.addObject();
                versionNode.put("version", version);
                versionNode.put("freshness", "Current");
                ArrayNode resources = versionNode.putArray("resources");
                kindsOf(group, version).forEach(kind -> resources.add(aggregated(kind)));
            }
        });
        return list;
    }

    List<Kind> kindsOf(String group, String version) {
        return kinds.all().stream()
                .filter(kind -> kind.group().equals(group)
                        && kind.version().equals(version)
                        && !kind.verbs().isEmpty())
                .toList();
    }

    Map<String, Set<String>> versionsByGroup() {
        Map<String, Set<String>> groups = new TreeMap<>();
        for (Kind kind : kinds.all()) {
            if (kind.verbs().isEmpty()) {
                continue;
            }
            groups.computeIfAbsent(kind.group(), group -> new java.util.TreeSet<>(VersionOrder.NEWEST_FIRST))
                    .add(kind.version());
        }
        return new LinkedHashMap<>(groups);
    }

    /** The subresources that are read and written as the whole object. */
    List<String> objectSubresources(Kind kind) {
        return sorted(kind).stream()
                .filter(name -> kindOf(kind, name).equals(kind.kind())
                        && SUBRESOURCE_VERBS.getOrDefault(name, List.of()).contains("patch"))
                .toList();
    }

    private static String kindOf(Kind kind, String subresource) {
        return subresource.equals(Proxies.SUBRESOURCE)
                ? kind.kind() + "ProxyOptions"
                : SUBRESOURCE_KIND.getOrDefault(subresource, kind.kind());
    }

    private static ObjectNode aggregated(Kind kind) {
        ObjectNode resource = node();
        resource.put("resource", kind.plural());
        responseKind(resource, kind.group(), kind.version(), kind.kind());
        resource.put("scope", kind.namespaced() ? "Namespaced" : "Cluster");
        resource.put("singularResource", kind.singular());
        strings(resource, "verbs", kind.verbs());
        strings(resource, "shortNames", kind.shortNames());
        strings(resource, "categories", kind.categories());
        if (!kind.subresources().isEmpty()) {
            ArrayNode subresources = resource.putArray("subresources");
            for (String name : sorted(kind)) {
                ObjectNode sub = subresources.addObject();
                sub.put("subresource", name);
                List<String> group = SUBRESOURCE_GROUP.getOrDefault(name, List.of(kind.group(), kind.version()));
                responseKind(sub, group.getFirst(), group.getLast(), kindOf(kind, name));
                strings(sub, "verbs", SUBRESOURCE_VERBS.getOrDefault(name, List.of("create")));
            }
        }
        return resource;
    }

    private static void responseKind(ObjectNode node, String group, String version, String kind) {
        node.putObject("responseKind")
                .put("group", group)
                .put("version", version)
                .put("kind", kind);
    }

    private static ObjectNode group(String name, Set<String> versions) {
        ObjectNode group = node();
        group.put("name", name);
        ArrayNode list = group.putArray("versions");
        String preferred = "";
        for (String version : versions) {
            ObjectNode entry = list.addObject();
            entry.put("groupVersion", name + "/" + version);
            entry.put("version", version);
            preferred = preferred.isEmpty() ? version : preferred;
        }
        ObjectNode best = group.putObject("preferredVersion");
        best.put("groupVersion", name + "/" + preferred);
        best.put("version", preferred);
        return group;
    }

    private static List<String> sorted(Kind kind) {
        return kind.subresources().stream().sorted().toList();
    }

    private static void strings(ObjectNode node, String field, List<String> values) {
        if (!values.isEmpty()) {
            ArrayNode array = node.putArray(field);
            values.forEach(array::add);
        }
    }

    private static ObjectNode node() {
        return JsonMapper.shared().createObjectNode();
    }
}
