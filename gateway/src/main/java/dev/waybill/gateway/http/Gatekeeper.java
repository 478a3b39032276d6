package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.Authenticator;
import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.state.Access;
import dev.waybill.gateway.state.kafka.ResourceTail;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;

/**
 * Who is let in to what. Without credentials only what describes the API answers, as with conditions on Kubernetes'
 * anonymous authentication; a credential that does not hold is refused everywhere. Thread-safe.
 */
final class Gatekeeper {
    private static final Set<String> PUBLIC_ROOTS = Set.of("api", "apis", "version");
    private static final String OPENID = "/.well-known/openid-configuration";
    private static final String KEYS = "/openid/v1/jwks";

    private final Authenticator authenticator;
    private final ResourceTail tail;

    Gatekeeper(Authenticator authenticator, ResourceTail tail) {
        this.authenticator = authenticator;
        this.tail = tail;
    }

    /** Who calls, or as whom; refused when the credentials do not hold or none are given where they are needed. */
    Identity admit(HttpServletRequest request, boolean aboutObjects, String firstSegment) {
        Identity identity = authenticator.authenticate(request).orElseThrow(Gatekeeper::unauthorized);
        if (identity.isAnonymous() && (aboutObjects || !isPublic(request, firstSegment))) {
            throw unauthorized();
        }
        return Impersonation.of(request)
                .map(wanted -> wanted.by(identity, this))
                .orElse(identity);
    }

    private static boolean isPublic(HttpServletRequest request, String firstSegment) {
        String path = request.getRequestURI();
        return PUBLIC_ROOTS.contains(firstSegment) || path.equals(OPENID) || path.equals(KEYS);
    }

    /** Refuses what the caller has no right to, in Kubernetes' words. */
    void authorize(Identity identity, Attempt attempt) {
        if (!allows(identity, attempt)) {
            throw new ApiException(
                    Statuses.forbidden(attempt, Access.refusal(tail.image(), identity.subject(), attempt)));
        }
    }

    boolean allows(Identity identity, Attempt attempt) {
        return Access.allows(tail.image(), identity.subject(), attempt);
    }

    static ApiException unauthorized() {
        return ApiException.of(401, "Unauthorized", "Unauthorized");
    }
}
