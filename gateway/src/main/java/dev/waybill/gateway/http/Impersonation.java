package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.rbac.Subject;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A call made as somebody else ({@code kubectl --as}), which takes the right to impersonate each part of it. Immutable.
 */
record Impersonation(String user, Set<String> groups, String uid, Map<String, List<String>> extra) {
    private static final String USER = "Impersonate-User";
    private static final String GROUP = "Impersonate-Group";
    private static final String UID = "Impersonate-Uid";
    private static final String EXTRA = "impersonate-extra-";
    private static final String AUTHENTICATION = "authentication.k8s.io";

    /** What the headers ask for; empty without any. */
    static Optional<Impersonation> of(HttpServletRequest request) {
        String user = Optional.ofNullable(request.getHeader(USER)).orElse("");
        String uid = Optional.ofNullable(request.getHeader(UID)).orElse("");
        Set<String> groups = new LinkedHashSet<>(Collections.list(request.getHeaders(GROUP)));
        Map<String, List<String>> extra = new LinkedHashMap<>();
        for (String name : Collections.list(request.getHeaderNames())) {
            if (name.toLowerCase(Locale.ROOT).startsWith(EXTRA)) {
                extra.put(key(name.substring(EXTRA.length())), Collections.list(request.getHeaders(name)));
            }
        }
        if (user.isEmpty()) {
            if (!groups.isEmpty() || !uid.isEmpty() || !extra.isEmpty()) {
                throw ApiException.badRequest(
                        "requested [" + (groups.isEmpty() ? "" : GROUP) + "] without impersonating a user name");
            }
            return Optional.empty();
        }
        return Optional.of(new Impersonation(user, groups, uid, extra));
    }

    private static String key(String encoded) {
        try {
            return URLDecoder.decode(encoded, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("Impersonate-Extra-" + encoded + ": invalid URL escape");
        }
    }

    /** The identity, when the caller may take it. */
    Identity by(Identity caller, Gatekeeper gatekeeper) {
        gatekeeper.authorize(caller, aboutUser());
        groups.forEach(group -> gatekeeper.authorize(caller, impersonate("", "groups", "", "", group)));
        if (!uid.isEmpty()) {
            gatekeeper.authorize(caller, impersonate(AUTHENTICATION, "uids", "", "", uid));
        }
        extra.forEach((key, values) -> values.forEach(
                value -> gatekeeper.authorize(caller, impersonate(AUTHENTICATION, "userextras", key, "", value))));
        return new Identity(new Subject(user, allGroups()), uid, Map.copyOf(extra));
    }

    private Set<String> allGroups() {
        Set<String> all = new LinkedHashSet<>(groups);
        String[] account = account();
        if (groups.isEmpty() && account.length == 2) {
            all.add(Subject.SERVICE_ACCOUNTS);
            all.add(Subject.SERVICE_ACCOUNTS + ":" + account[0]);
        }
        all.add(user.equals(Subject.ANONYMOUS) ? Subject.UNAUTHENTICATED : Subject.AUTHENTICATED);
        return all;
    }

    private Attempt.OnResource aboutUser() {
        String[] account = account();
        return account.length == 2
                ? impersonate("", "serviceaccounts", "", account[0], account[1])
                : impersonate("", "users", "", "", user);
    }

    /** Namespace and name when the user is a ServiceAccount. */
    private String[] account() {
        return user.startsWith(Subject.SERVICE_ACCOUNT)
                ? user.substring(Subject.SERVICE_ACCOUNT.length()).split(":", -1)
                : new String[0];
    }

    private static Attempt.OnResource impersonate(
            String group, String resource, String subresource, String namespace, String name) {
        return new Attempt.OnResource("impersonate", group, resource, subresource, namespace, name);
    }
}
