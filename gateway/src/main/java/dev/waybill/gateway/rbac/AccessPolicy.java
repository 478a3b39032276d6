package dev.waybill.gateway.rbac;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.MapPSet;
import tools.jackson.databind.JsonNode;

/**
 * The roles and bindings of a cluster, indexed by whom they concern, so that what one change costs and what one
 * question costs do not grow with the cluster. Immutable but for a memory of answers; any number of threads may ask.
 */
public final class AccessPolicy {
    public static final String GROUP = "rbac.authorization.k8s.io";
    public static final AccessPolicy EMPTY =
            new AccessPolicy(HashTreePMap.empty(), HashTreePMap.empty(), HashTreePSet.empty());

    /** More callers than a large cluster has nodes and service accounts at work. */
    private static final int REMEMBERED = 20_000;

    private static final Rights NONE = new Rights(List.of(), Map.of(), List.of());

    /** A role by name; the namespace is empty for ClusterRoles. */
    public record RoleName(String namespace, String name) {}

    private record Holder(String kind, String name) {}

    private record Binding(String namespace, String name) {}

    private final HashPMap<RoleName, List<PolicyRule>> roles;
    private final HashPMap<Holder, HashPMap<Binding, RoleName>> bindings;
    private final MapPSet<String> aggregated;
    private final Map<Subject, Rights> remembered = new ConcurrentHashMap<>();

    private AccessPolicy(
            HashPMap<RoleName, List<PolicyRule>> roles,
            HashPMap<Holder, HashPMap<Binding, RoleName>> bindings,
            MapPSet<String> aggregated) {
        this.roles = roles;
        this.bindings = bindings;
        this.aggregated = aggregated;
    }

    /** With a Role or ClusterRole as it is now; null when it is gone. */
    public AccessPolicy withRole(RoleName name, @Nullable JsonNode role) {
        boolean gathers = role != null && name.namespace().isEmpty() && gathers(role);
        return new AccessPolicy(
                role == null ? roles.minus(name) : roles.plus(name, PolicyRule.of(role)),
                bindings,
                gathers ? aggregated.plus(name.name()) : aggregated.minus(name.name()));
    }

    /** With a RoleBinding or ClusterRoleBinding (whose namespace is empty) as it was and is; null when it was not or is not. */
    public AccessPolicy withBinding(
            String namespace, String name, @Nullable JsonNode before, @Nullable JsonNode after) {
        Binding binding = new Binding(namespace, name);
        HashPMap<Holder, HashPMap<Binding, RoleName>> next = bindings;
        for (Holder holder : holders(before, namespace)) {
            HashPMap<Binding, RoleName> left =
                    next.getOrDefault(holder, HashTreePMap.empty()).minus(binding);
            next = left.isEmpty() ? next.minus(holder) : next.plus(holder, left);
        }
        if (after != null) {
            RoleName role = role(after.path("roleRef"), namespace);
            for (Holder holder : holders(after, namespace)) {
                next = next.plus(
                        holder, next.getOrDefault(holder, HashTreePMap.empty()).plus(binding, role));
            }
        }
        return new AccessPolicy(roles, next, aggregated);
    }

    /** The role that a roleRef means in a binding's namespace. */
    public static RoleName role(JsonNode roleRef, String namespace) {
        boolean cluster = roleRef.path("kind").asString("").equals("ClusterRole");
        return new RoleName(cluster ? "" : namespace, roleRef.path("name").asString(""));
    }

    /** Whether a ClusterRole gathers the rules of others. */
    public static boolean gathers(JsonNode role) {
        return !role.path("aggregationRule").path("clusterRoleSelectors").isEmpty();
    }

    /** The names of the ClusterRoles that gather the rules of others. */
    public MapPSet<String> aggregated() {
        return aggregated;
    }

    /** The rules of a role, or null when there is none such. */
    public @Nullable List<PolicyRule> rules(RoleName role) {
        return roles.get(role);
    }

    /** Whether the subject may do this. */
    public boolean allows(Subject subject, Attempt attempt) {
        return subject.isAdministrator() || rights(subject).allow(attempt);
    }

    /** Everything the subject may do by roles. */
    public Rights rights(Subject subject) {
        Rights known = remembered.get(subject);
        if (known == null) {
            known = compiled(subject);
            if (remembered.size() >= REMEMBERED) {
                remembered.clear();
            }
            remembered.put(subject, known);
        }
        return known;
    }

    private Rights compiled(Subject subject) {
        List<PolicyRule> everywhere = new ArrayList<>();
        Map<String, List<PolicyRule>> byNamespace = new HashMap<>();
        List<String> problems = new ArrayList<>();
        List<Holder> holders = new ArrayList<>();
        holders.add(new Holder("User", subject.user()));
        subject.groups().forEach(group -> holders.add(new Holder("Group", group)));
        for (Holder holder : holders) {
            bindings.getOrDefault(holder, HashTreePMap.empty()).forEach((binding, role) -> {
                List<PolicyRule> rules = roles.get(role);
                if (rules == null) {
                    problems.add((role.namespace().isEmpty() ? "clusterrole." : "role.") + GROUP + " \"" + role.name()
                            + "\" not found");
                } else if (binding.namespace().isEmpty()) {
                    everywhere.addAll(rules);
                } else {
                    byNamespace
                            .computeIfAbsent(binding.namespace(), namespace -> new ArrayList<>())
                            .addAll(rules);
                }
            });
        }
        return everywhere.isEmpty() && byNamespace.isEmpty() && problems.isEmpty()
                ? NONE
                : new Rights(everywhere, byNamespace, problems.stream().sorted().toList());
    }

    private static List<Holder> holders(@Nullable JsonNode binding, String namespace) {
        List<Holder> holders = new ArrayList<>();
        if (binding != null) {
            for (JsonNode subject : binding.path("subjects")) {
                String kind = subject.path("kind").asString("");
                String name = subject.path("name").asString("");
                holders.add(
                        kind.equals("ServiceAccount")
                                ? new Holder(
                                        "User",
                                        Subject.SERVICE_ACCOUNT
                                                + subject.path("namespace").asString(namespace) + ":" + name)
                                : new Holder(kind, name));
            }
        }
        return holders;
    }
}
