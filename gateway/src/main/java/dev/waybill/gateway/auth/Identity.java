package dev.waybill.gateway.auth;

import dev.waybill.gateway.rbac.Subject;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who is calling. Immutable.
 *
 * @param uid tells one holder of a name from the next; empty when unknown
 * @param extra what else its credential says, such as the pod that a token is bound to
 */
public record Identity(Subject subject, String uid, Map<String, List<String>> extra) {
    /** Who brings no credentials. */
    public static final Identity ANONYMOUS = of(new Subject(Subject.ANONYMOUS, Set.of(Subject.UNAUTHENTICATED)));

    public static Identity of(Subject subject) {
        return new Identity(subject, "", Map.of());
    }

    public String user() {
        return subject.user();
    }

    public Set<String> groups() {
        return subject.groups();
    }

    public boolean isAnonymous() {
        return user().equals(Subject.ANONYMOUS);
    }
}
