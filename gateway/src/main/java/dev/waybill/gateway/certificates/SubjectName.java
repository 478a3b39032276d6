package dev.waybill.gateway.certificates;

import java.util.ArrayList;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/**
 * Whom a certificate is for: its common name is the user, each organisation a group. Callers are told by the same
 * reading of a name as requests are judged by. Immutable.
 *
 * @param commonName the last of several; empty when there is none
 */
public record SubjectName(String commonName, List<String> organisations) {
    /** The gateway as nodes know it: whoever has this name may run commands in every container. */
    public static final String GATEWAY = "system:waybill:gateway";

    public SubjectName {
        organisations = List.copyOf(organisations);
    }

    /** @throws IllegalArgumentException when the name cannot be read */
    public static SubjectName of(X500Principal principal) {
        String user = "";
        List<String> groups = new ArrayList<>();
        try {
            for (Rdn rdn : new LdapName(principal.getName()).getRdns()) {
                // A relative name may have several values, each of which counts.
                var attributes = rdn.toAttributes().getAll();
                while (attributes.hasMore()) {
                    Attribute attribute = attributes.next();
                    for (int i = 0; i < attribute.size(); i++) {
                        switch (attribute.getID()) {
                            case "CN" -> user = attribute.get(i).toString();
                            case "O" -> groups.add(attribute.get(i).toString());
                            default -> {}
                        }
                    }
                }
            }
        } catch (InvalidNameException e) {
            throw new IllegalArgumentException("the subject cannot be read: " + e.getMessage(), e);
        } catch (NamingException e) {
            throw new IllegalStateException(e);
        }
        return new SubjectName(user, groups);
    }
}
