package dev.waybill.gateway.http.table;

import static dev.waybill.gateway.http.table.Columns.text;

import dev.waybill.gateway.kinds.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Columns of Services and what stands before and behind them. Pure. */
final class NetworkColumns {
    private NetworkColumns() {}

    static @Nullable List<Column> of(Kind kind) {
        return switch (kind.qualifiedResource()) {
            case "services" ->
                List.of(
                        Columns.name(),
                        Column.text("Type", o -> text(o, "/spec/type", "ClusterIP")),
                        Column.text("Cluster-IP", o -> text(o, "/spec/clusterIP", "<none>")),
                        Column.text("External-IP", NetworkColumns::external),
                        Column.text("Port(s)", o -> ports(o.at("/spec/ports"), "port")),
                        Columns.age(),
                        Column.text("Selector", o -> Columns.selector(o.at("/spec/selector")))
                                .wide());
            case "endpoints" ->
                List.of(Columns.name(), Column.text("Endpoints", NetworkColumns::addresses), Columns.age());
            case "endpointslices.discovery.k8s.io" ->
                List.of(
                        Columns.name(),
                        Column.text("AddressType", o -> text(o, "/addressType", "")),
                        Column.text("Ports", o -> or(fields(o.path("ports"), "port"), "<unset>")),
                        Column.text("Endpoints", o -> {
                            List<String> found = new ArrayList<>();
                            o.path("endpoints")
                                    .forEach(each ->
                                            each.path("addresses").forEach(address -> found.add(address.asString(""))));
                            return or(String.join(",", found), "<unset>");
                        }),
                        Columns.age());
            case "ingresses.networking.k8s.io" ->
                List.of(
                        Columns.name(),
                        Column.text("Class", o -> text(o, "/spec/ingressClassName", "<none>")),
                        Column.text("Hosts", o -> or(fields(o.at("/spec/rules"), "host"), "*")),
                        Column.text("Address", o -> balancer(o)),
                        Column.text("Ports", o -> o.at("/spec/tls").isEmpty() ? "80" : "80, 443"),
                        Columns.age());
            case "ingressclasses.networking.k8s.io" ->
                List.of(
                        Columns.name(),
                        Column.text("Controller", o -> text(o, "/spec/controller", "")),
                        Column.text("Parameters", o -> text(o, "/spec/parameters/kind", "<none>")),
                        Columns.age());
            case "servicecidrs.networking.k8s.io" ->
                List.of(Columns.name(), Column.text("CIDRs", o -> Columns.joined(o.at("/spec/cidrs"))), Columns.age());
            case "ipaddresses.networking.k8s.io" ->
                List.of(Columns.name(), Column.text("ParentRef", NetworkColumns::parent), Columns.age());
            case "networkpolicies.networking.k8s.io" ->
                List.of(
                        Columns.name(),
                        Column.text("Pod-Selector", o -> Columns.selector(o.at("/spec/podSelector"))),
                        Columns.age());
            default -> null;
        };
    }

    private static String ports(JsonNode ports, String field) {
        List<String> shown = new ArrayList<>();
        for (JsonNode port : ports) {
            int nodePort = port.path("nodePort").asInt(0);
            shown.add(port.path(field).asString("") + (nodePort > 0 ? ":" + nodePort : "") + "/"
                    + port.path("protocol").asString("TCP"));
        }
        return or(String.join(",", shown), "<none>");
    }

    private static String external(JsonNode service) {
        return switch (text(service, "/spec/type", "")) {
            case "ExternalName" -> text(service, "/spec/externalName", "<none>");
            case "LoadBalancer" -> or(balancer(service), "<pending>");
            default -> or(Columns.joined(service.at("/spec/externalIPs")), "<none>");
        };
    }

    private static String balancer(JsonNode object) {
        List<String> found = new ArrayList<>();
        for (JsonNode entry : object.at("/status/loadBalancer/ingress")) {
            found.add(entry.path("ip").asString(entry.path("hostname").asString("")));
        }
        return String.join(",", found);
    }

    private static String addresses(JsonNode endpoints) {
        List<String> found = new ArrayList<>();
        for (JsonNode subset : endpoints.path("subsets")) {
            for (JsonNode address : subset.path("addresses")) {
                for (JsonNode port : subset.path("ports")) {
                    found.add(address.path("ip").asString("") + ":"
                            + port.path("port").asInt(0));
                }
            }
        }
        return found.size() > 3
                ? String.join(",", found.subList(0, 3)) + " + " + (found.size() - 3) + " more..."
                : or(String.join(",", found), "<none>");
    }

    private static String fields(JsonNode list, String field) {
        List<String> values = new ArrayList<>();
        list.forEach(each -> values.add(each.path(field).asString("*")));
        return String.join(",", values);
    }

    private static String or(String text, String otherwise) {
        return text.isEmpty() ? otherwise : text;
    }

    /** What an address belongs to: group, resource, namespace and name, as far as they are said. */
    private static String parent(JsonNode address) {
        List<String> parts = new ArrayList<>();
        for (String field : List.of("resource", "namespace", "name")) {
            String part = address.path("spec").path("parentRef").path(field).asString("");
            if (!part.isEmpty()) {
                parts.add(part);
            }
        }
        String group = address.at("/spec/parentRef/group").asString("");
        return (group.isEmpty() ? "" : group + ".") + String.join("/", parts);
    }
}
