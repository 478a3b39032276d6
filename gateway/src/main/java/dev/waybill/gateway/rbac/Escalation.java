package dev.waybill.gateway.rbac;

import static dev.waybill.gateway.rbac.PolicyRule.ALL;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Nobody hands on what he does not hold (k8s.io/component-helpers/auth/rbac/validation: Covers; the compact form of
 * what is missing is that of CompactRules). Stateless.
 */
public final class Escalation {
    /** A rule broken down is bounded by its object's size only in sum, not as a product. */
    private static final int MOST_PARTS = 10_000;

    /** Everything there is, which only administrators hold. */
    public static final List<PolicyRule> EVERYTHING = List.of(
            new PolicyRule(List.of(ALL), List.of(ALL), List.of(ALL), List.of(), List.of()),
            new PolicyRule(List.of(ALL), List.of(), List.of(), List.of(), List.of(ALL)));

    private Escalation() {}

    /** Why the subject may not grant these rules, or null when it holds them all. */
    public static @Nullable String refusal(Subject subject, List<PolicyRule> held, List<PolicyRule> granted) {
        List<PolicyRule> missing = new ArrayList<>();
        for (PolicyRule rule : granted) {
            if (held.stream().anyMatch(owner -> covers(owner, rule))) {
                continue;
            }
            for (PolicyRule part : parts(rule)) {
                if (held.stream().noneMatch(owner -> covers(owner, part))) {
                    missing.add(part);
                }
            }
        }
        if (missing.isEmpty()) {
            return null;
        }
        TreeSet<String> sentences = new TreeSet<>();
        compact(missing).forEach(rule -> sentences.add(text(rule)));
        return "user \"" + subject.user() + "\" (groups="
                + quoted(subject.groups().stream().sorted().toList())
                + ") is attempting to grant RBAC permissions not currently held:\n" + String.join("\n", sentences);
    }

    /** The parts of wanted rules that none of the held ones covers. */
    public static List<PolicyRule> missing(List<PolicyRule> held, List<PolicyRule> wanted) {
        return wanted.stream()
                .filter(rule -> held.stream().noneMatch(owner -> covers(owner, rule)))
                .filter(rule ->
                        parts(rule).stream().anyMatch(part -> held.stream().noneMatch(owner -> covers(owner, part))))
                .toList();
    }

    /** A rule as rules of one verb on one thing. */
    private static List<PolicyRule> parts(PolicyRule rule) {
        long count = (long) rule.verbs().size()
                * (Math.max(1L, rule.apiGroups().size())
                                * rule.resources().size()
                                * Math.max(1, rule.resourceNames().size())
                        + rule.nonResourceUrls().size());
        if (count > MOST_PARTS) {
            return List.of(rule);
        }
        List<PolicyRule> parts = new ArrayList<>();
        List<String> names = rule.resourceNames().isEmpty() ? List.of("") : rule.resourceNames();
        for (String group : rule.apiGroups()) {
            for (String resource : rule.resources()) {
                for (String verb : rule.verbs()) {
                    for (String name : names) {
                        parts.add(new PolicyRule(
                                List.of(verb),
                                List.of(group),
                                List.of(resource),
                                name.isEmpty() ? List.of() : List.of(name),
                                List.of()));
                    }
                }
            }
        }
        for (String url : rule.nonResourceUrls()) {
            for (String verb : rule.verbs()) {
                parts.add(new PolicyRule(List.of(verb), List.of(), List.of(), List.of(), List.of(url)));
            }
        }
        return parts;
    }

    private static boolean covers(PolicyRule owner, PolicyRule rule) {
        BiPredicate<List<String>, String> has = PolicyRule::has;
        return all(rule.verbs(), owner.verbs(), has)
                && all(rule.apiGroups(), owner.apiGroups(), has)
                && all(rule.resources(), owner.resources(), Escalation::hasResource)
                && all(rule.nonResourceUrls(), owner.nonResourceUrls(), Escalation::hasUrl)
                && (rule.resourceNames().isEmpty()
                        ? owner.resourceNames().isEmpty()
                        : owner.resourceNames().isEmpty()
                                || owner.resourceNames().containsAll(rule.resourceNames()));
    }

    private static boolean all(List<String> wanted, List<String> held, BiPredicate<List<String>, String> has) {
        return wanted.stream().allMatch(each -> has.test(held, each));
    }

    private static boolean hasResource(List<String> held, String resource) {
        int slash = resource.indexOf('/');
        return PolicyRule.has(held, resource) || (slash >= 0 && held.contains(ALL + resource.substring(slash)));
    }

    private static boolean hasUrl(List<String> held, String path) {
        return held.stream().anyMatch(url -> PolicyRule.matches(url, path));
    }

    /** Rules on one resource that differ in the verb only become one. */
    private static List<PolicyRule> compact(List<PolicyRule> rules) {
        Map<PolicyRule, List<String>> verbs = new LinkedHashMap<>();
        List<PolicyRule> compacted = new ArrayList<>();
        for (PolicyRule rule : rules) {
            boolean simple = rule.resourceNames().isEmpty()
                    && rule.nonResourceUrls().isEmpty()
                    && rule.apiGroups().size() == 1
                    && rule.resources().size() == 1;
            if (simple) {
                verbs.computeIfAbsent(
                                new PolicyRule(List.of(), rule.apiGroups(), rule.resources(), List.of(), List.of()),
                                key -> new ArrayList<>())
                        .addAll(rule.verbs());
            } else {
                compacted.add(rule);
            }
        }
        verbs.forEach((rule, held) ->
                compacted.add(new PolicyRule(held, rule.apiGroups(), rule.resources(), List.of(), List.of())));
        return compacted;
    }

    private static String text(PolicyRule rule) {
        List<String> parts = new ArrayList<>();
        add(parts, "APIGroups", rule.apiGroups());
        add(parts, "Resources", rule.resources());
        add(parts, "NonResourceURLs", rule.nonResourceUrls());
        add(parts, "ResourceNames", rule.resourceNames());
        add(parts, "Verbs", rule.verbs());
        return "{" + String.join(", ", parts) + "}";
    }

    private static void add(List<String> parts, String name, List<String> values) {
        if (!values.isEmpty()) {
            parts.add(name + ":" + quoted(values));
        }
    }

    /** As Go's %q shows a list of strings. */
    private static String quoted(List<String> values) {
        return "["
                + String.join(
                        " ", values.stream().map(value -> "\"" + value + "\"").toList())
                + "]";
    }
}
