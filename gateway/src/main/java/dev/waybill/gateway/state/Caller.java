package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.Subject;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who asks: by the topic on a publisher's own, by the record on the services' topic. Immutable. */
record Caller(Subject subject, boolean byEvent) {

    static Caller of(DesiredStateRequest request, @Nullable String publisher) {
        return publisher == null
                ? new Caller(new Subject(request.getUser(), Set.copyOf(request.getGroups())), false)
                : new Caller(
                        new Subject(Subject.PUBLISHER + publisher, Set.of("system:publishers", Subject.AUTHENTICATED)),
                        true);
    }

    String user() {
        return subject.user();
    }

    /** Refuses what the caller has no right to. */
    void require(ResourceImage image, Attempt.OnResource attempt) {
        if (!Access.allows(image, subject, attempt)) {
            throw forbidden(attempt, Access.refusal(image, subject, attempt)).asException();
        }
    }

    /** What everybody who reads the log could read must not be asked for by event. */
    void requireDiscretion(Kind kind) {
        if (byEvent && kind.group().isEmpty() && kind.plural().equals("secrets")) {
            throw new Refusal(
                            403,
                            "Forbidden",
                            "secrets is forbidden: Secrets may not be asked for by event, since everybody who reads"
                                    + " the log could read them",
                            List.of())
                    .asException();
        }
    }

    static Refusal forbidden(Attempt.OnResource attempt, String message) {
        return new Refusal(
                403,
                "Forbidden",
                attempt.qualified() + (attempt.name().isEmpty() ? "" : " \"" + attempt.name() + "\"")
                        + " is forbidden: " + message,
                List.of());
    }
}
