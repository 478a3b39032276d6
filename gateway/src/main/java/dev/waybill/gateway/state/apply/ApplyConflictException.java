package dev.waybill.gateway.state.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** An applied object sets fields to other values than their owners did. */
public final class ApplyConflictException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Conflict> conflicts;

    /**
     * One field that somebody else owns.
     *
     * @param manager its owner as messages show it
     * @param path such as .spec.replicas
     */
    public record Conflict(String manager, String path) {}

    ApplyConflictException(List<Conflict> conflicts) {
        super(sentence(conflicts));
        this.conflicts = List.copyOf(conflicts);
    }

    public List<Conflict> conflicts() {
        return conflicts;
    }

    /** In the words of k8s.io/apimachinery/pkg/util/managedfields. */
    private static String sentence(List<Conflict> conflicts) {
        if (conflicts.size() == 1) {
            Conflict one = conflicts.getFirst();
            return "Apply failed with 1 conflict: conflict with " + one.manager() + ": " + one.path();
        }
        TreeMap<String, List<String>> paths = new TreeMap<>();
        conflicts.forEach(each -> paths.computeIfAbsent(each.manager(), manager -> new ArrayList<>())
                .add("- " + each.path()));
        List<String> lines = new ArrayList<>();
        paths.forEach((manager, found) -> {
            lines.add("conflicts with " + manager + ":");
            lines.addAll(found);
        });
        return "Apply failed with " + conflicts.size() + " conflicts: " + String.join("\n", lines);
    }
}
