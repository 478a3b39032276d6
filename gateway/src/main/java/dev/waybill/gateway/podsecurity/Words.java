package dev.waybill.gateway.podsecurity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** How messages of Pod Security enumerate. Stateless. */
final class Words {
    private Words() {}

    static String quoted(Collection<String> names) {
        return "\"" + String.join("\", \"", names) + "\"";
    }

    static String plural(String word, Collection<?> things) {
        return things.size() == 1 ? word : word + "s";
    }

    static String containers(List<String> names) {
        return plural("container", names) + " " + quoted(names);
    }

    /** Who set something: the pod, some of its containers, or both. */
    static String setters(boolean pod, List<String> containers) {
        List<String> setters = new ArrayList<>();
        if (pod) {
            setters.add("pod");
        }
        if (!containers.isEmpty()) {
            setters.add(containers(containers));
        }
        return String.join(" and ", setters);
    }
}
