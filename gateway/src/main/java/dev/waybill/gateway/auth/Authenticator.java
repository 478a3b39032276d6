package dev.waybill.gateway.auth;

import dev.waybill.gateway.certificates.SubjectName;
import dev.waybill.gateway.rbac.Subject;
import jakarta.servlet.http.HttpServletRequest;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Tells who is calling: by the client certificate that TLS has verified, whose common name is the user and each
 * organisation a group, or by bearer token, in its header or among the subprotocols of a WebSocket. A credential that does not hold is no credential, and never an anonymous
 * call. Thread-safe.
 */
public final class Authenticator {
    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";
    private static final String BEARER = "bearer ";

    private final BearerTokens tokens;

    public Authenticator(BearerTokens tokens) {
        this.tokens = tokens;
    }

    /** The caller, or empty when its credentials do not hold. */
    public Optional<Identity> authenticate(HttpServletRequest request) {
        if (request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain && chain.length > 0) {
            Optional<Identity> identity = identity(chain[0]);
            if (identity.isPresent()) {
                return identity;
            }
        }
        String authorization = request.getHeader("Authorization");
        if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            return tokens.identity(authorization.substring(BEARER.length()).strip());
        }
        return TokenSubprotocol.isIn(request)
                ? TokenSubprotocol.token(request).flatMap(tokens::identity)
                : Optional.of(Identity.ANONYMOUS);
    }

    private static Optional<Identity> identity(X509Certificate certificate) {
        try {
            SubjectName name = SubjectName.of(certificate.getSubjectX500Principal());
            Set<String> groups = new LinkedHashSet<>(name.organisations());
            groups.add(Subject.AUTHENTICATED);
            return name.commonName().isEmpty()
                    ? Optional.empty()
                    : Optional.of(Identity.of(new Subject(name.commonName(), groups)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
