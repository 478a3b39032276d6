package dev.waybill.gateway.kinds;

import static dev.waybill.gateway.kinds.DeclaredRules.rules;
import static dev.waybill.gateway.kinds.KindBuilder.cluster;
import static dev.waybill.gateway.kinds.KindBuilder.namespaced;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Services and who may reach whom: core, discovery.k8s.io, networking.k8s.io. Stateless. */
final class NetworkKinds {
    private NetworkKinds() {}

    static List<Kind> all() {
        return List.of(
                namespaced("v1", "Service", "services", ServiceRules.rules())
                        .shortNames("svc")
                        .categories("all")
                        .sub("status", "proxy")
                        .shown()
                        .done(),
                namespaced(
                                "v1",
                                "Endpoints",
                                "endpoints",
                                rules().text("subsets[].ports[].protocol", "TCP")
                                        .port("subsets[].ports[].port", false))
                        .shortNames("ep")
                        .done(),
                namespaced(
                                "discovery.k8s.io/v1",
                                "EndpointSlice",
                                "endpointslices",
                                rules().text("ports[].name", "")
                                        .text("ports[].protocol", "TCP")
                                        .required("addressType", "endpoints[].addresses")
                                        .oneOf("addressType", "FQDN", "IPv4", "IPv6")
                                        .immutable("addressType"))
                        .done(),
                namespaced("networking.k8s.io/v1", "Ingress", "ingresses", ingress())
                        .shortNames("ing")
                        .sub("status")
                        .counted()
                        .done(),
                cluster(
                                "networking.k8s.io/v1",
                                "IngressClass",
                                "ingressclasses",
                                rules().required("spec.controller")
                                        .text("spec.parameters.scope", "Cluster")
                                        .immutable("spec.controller"))
                        .counted()
                        .done(),
                cluster(
                                "networking.k8s.io/v1",
                                "ServiceCIDR",
                                "servicecidrs",
                                rules().required("spec.cidrs")
                                        .immutable("spec.cidrs")
                                        .check((object, old, errors) -> cidrs(object, errors)))
                        .sub("status")
                        .done(),
                cluster(
                                "networking.k8s.io/v1",
                                "IPAddress",
                                "ipaddresses",
                                rules().required("spec.parentRef", "spec.parentRef.resource", "spec.parentRef.name")
                                        .immutable("spec.parentRef"))
                        .shortNames("ip")
                        .done(),
                namespaced("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", networkPolicy())
                        .shortNames("netpol")
                        .counted()
                        .done());
    }

    private static DeclaredRules ingress() {
        return rules().status("{\"loadBalancer\":{}}")
                .check((object, old, errors) -> {
                    if (object.path("spec").path("rules").isEmpty()
                            && Json.absent(object.path("spec"), "defaultBackend")) {
                        errors.add(FieldError.invalid(
                                "spec", "{}", "either `defaultBackend` or `rules` must be specified"));
                    }
                })
                .required("spec.rules[].http.paths", "spec.rules[].http.paths[].pathType")
                .oneOf("spec.rules[].http.paths[].pathType", "Exact", "ImplementationSpecific", "Prefix");
    }

    private static void cidrs(ObjectNode object, List<FieldError> errors) {
        int index = 0;
        for (JsonNode each : object.path("spec").path("cidrs")) {
            String cidr = each.asString("");
            int slash = cidr.indexOf('/');
            IpAddress address = slash < 0 ? null : IpAddress.tryParse(cidr.substring(0, slash));
            String prefix = cidr.substring(slash + 1);
            boolean valid = address != null
                    && prefix.matches("\\d{1,3}")
                    && Integer.parseInt(prefix) <= address.bits()
                    && address.masked(Integer.parseInt(prefix)).equals(address);
            if (!valid) {
                errors.add(FieldError.invalid(
                        "spec.cidrs[" + index + "]",
                        Syntax.quoted(cidr),
                        "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
            }
            index++;
        }
    }

    private static DeclaredRules networkPolicy() {
        return rules().text("spec.ingress[].ports[].protocol", "TCP")
                .text("spec.egress[].ports[].protocol", "TCP")
                .filled(object -> {
                    if (object.get("spec") instanceof ObjectNode spec && Json.absent(spec, "policyTypes")) {
                        ArrayNode types = spec.putArray("policyTypes").add("Ingress");
                        if (!spec.path("egress").isEmpty()) {
                            types.add("Egress");
                        }
                    }
                })
                .oneOf("spec.ingress[].ports[].protocol", "SCTP", "TCP", "UDP")
                .oneOf("spec.egress[].ports[].protocol", "SCTP", "TCP", "UDP");
    }
}
