package dev.waybill.gateway.auth;

import jakarta.servlet.http.HttpServletRequest;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Tells who is calling by the client certificate that TLS has verified: the common name is the user, each organisation
 * a group, as in Kubernetes. Stateless.
 */
public final class Authenticator {
    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    /** The caller, or empty when the call carries no credentials that are known. */
    public Optional<Identity> authenticate(HttpServletRequest request) {
        return request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain && chain.length > 0
                ? identity(chain[0])
                : Optional.empty();
    }

    private static Optional<Identity> identity(X509Certificate certificate) {
        try {
            String user = "";
            Set<String> groups = new LinkedHashSet<>();
            for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                switch (rdn.getType()) {
                    case "CN" -> user = rdn.getValue().toString();
                    case "O" -> groups.add(rdn.getValue().toString());
                    default -> {}
                }
            }
            groups.add("system:authenticated");
            return user.isEmpty() ? Optional.empty() : Optional.of(new Identity(user, groups));
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }
}
