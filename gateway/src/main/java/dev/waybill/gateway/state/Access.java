package dev.waybill.gateway.state;

import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.Rights;
import dev.waybill.gateway.rbac.Subject;
import java.util.List;
import java.util.Set;

/** Who may do what at one image: by roles, and a node by what is bound to it. Stateless. */
public final class Access {
    private static final Set<String> REPORTED = Set.of("get", "patch", "update");

    private Access() {}

    public static boolean allows(ResourceImage image, Subject subject, Attempt attempt) {
        return image.access().allows(subject, attempt)
                || (subject.groups().contains(Subject.NODES)
                        && subject.user().startsWith(Subject.NODE)
                        && attempt instanceof Attempt.OnResource on
                        && allowsNode(image, subject.user().substring(Subject.NODE.length()), on));
    }

    /** Why it is not allowed, in Kubernetes' words. */
    public static String refusal(ResourceImage image, Subject subject, Attempt attempt) {
        Rights rights = image.access().rights(subject);
        List<String> problems = rights.problems();
        String sentence = attempt.refusal(subject.user());
        return switch (problems.size()) {
            case 0 -> sentence;
            case 1 -> sentence + ": RBAC: " + problems.getFirst();
            default -> sentence + ": RBAC: [" + String.join(", ", problems) + "]";
        };
    }

    /**
     * A node reads itself, its pods and what they refer to, and reports on itself and its pods: what the node authorizer
     * and the NodeRestriction admission of Kubernetes come to.
     */
    private static boolean allowsNode(ResourceImage image, String node, Attempt.OnResource on) {
        if (!on.group().isEmpty() || on.name().isEmpty()) {
            return false;
        }
        ResourceKey key = new ResourceKey("", on.resource(), on.namespace(), on.name());
        return switch (on.whole()) {
            case "nodes" -> on.verb().equals("get") && on.name().equals(node);
            case "nodes/status" -> REPORTED.contains(on.verb()) && on.name().equals(node);
            case "pods" -> on.verb().equals("get") && runs(image, node, key);
            case "pods/status" -> REPORTED.contains(on.verb()) && runs(image, node, key);
            case "configmaps", "secrets" ->
                on.verb().equals("get") && image.indexes().nodesThatNeed(key).containsKey(node);
            case "serviceaccounts/token" -> on.verb().equals("create") && runsAs(image, node, on);
            default -> false;
        };
    }

    private static boolean runs(ResourceImage image, String node, ResourceKey key) {
        StoredObject pod = image.get(key);
        return pod != null && pod.pod() != null && pod.pod().nodeName().equals(node);
    }

    private static boolean runsAs(ResourceImage image, String node, Attempt.OnResource account) {
        return image.podsOn(node).stream()
                .anyMatch(pod -> pod.namespace().equals(account.namespace())
                        && pod.json()
                                .path("spec")
                                .path("serviceAccountName")
                                .asString("default")
                                .equals(account.name()));
    }
}
