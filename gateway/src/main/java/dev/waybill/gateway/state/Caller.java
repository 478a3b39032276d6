package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.Subject;
import java.util.List;
import java.util.Set;

/** Who asks: as the record says on the gateway's topic, as the topic says on every other. Immutable. */
record Caller(Subject subject, boolean byEvent) {

    static Caller of(DesiredStateRequest request, Origin origin) {
        return switch (origin) {
            case Origin.Gateway gateway ->
                new Caller(new Subject(request.getUser(), Set.copyOf(request.getGroups())), false);
            case Origin.Scheduler scheduler ->
                new Caller(new Subject(Subject.SCHEDULER, Set.of(Subject.AUTHENTICATED)), false);
            case Origin.Publisher publisher ->
                new Caller(
                        new Subject(
                                Subject.PUBLISHER + publisher.name(),
                                Set.of("system:publishers", Subject.AUTHENTICATED)),
                        true);
        };
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
