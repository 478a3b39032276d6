package dev.waybill.gateway.http;

import dev.waybill.gateway.rbac.Attempt;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;

/**
 * What a call of the resource API comes to in the terms of policy rules (k8s.io/apiserver/pkg/endpoints/request:
 * RequestInfo). Immutable.
 */
record Verbs(Attempt.OnResource attempt) {
    static Verbs of(HttpServletRequest request, ResourcePath path) {
        String verb = verb(request, path);
        // A path that says what to do says all of it: only others are narrowed by their selector.
        boolean selects = path.isCollection() && !path.watched() && !verb.equals("create");
        String name = selects ? selected(request) : path.name();
        // A namespace belongs to itself: who holds rights in it may see it.
        boolean namespaceItself =
                path.group().isEmpty() && path.resource().equals("namespaces") && !path.isCollection();
        return new Verbs(new Attempt.OnResource(
                verb,
                path.group(),
                path.resource(),
                path.subresource(),
                namespaceItself ? path.name() : path.namespace(),
                name));
    }

    private static String verb(HttpServletRequest request, ResourcePath path) {
        if (path.watched()) {
            return "watch";
        }
        return switch (request.getMethod()) {
            case "GET", "HEAD" ->
                !path.isCollection() ? "get" : ApiCall.flag(request.getParameterMap(), "watch") ? "watch" : "list";
            case "POST" -> "create";
            case "PUT" -> "update";
            case "PATCH" -> "patch";
            case "DELETE" -> path.isCollection() ? "deletecollection" : "delete";
            default -> request.getMethod().toLowerCase(Locale.ROOT);
        };
    }

    /** A collection narrowed to one name is about that name. */
    private static String selected(HttpServletRequest request) {
        String selector = request.getParameter("fieldSelector");
        if (selector == null) {
            return "";
        }
        for (String term : selector.split(",", -1)) {
            String plain = term.strip().replace("==", "=");
            if (plain.startsWith(ObjectFilter.ONE_NAME)) {
                return plain.substring(ObjectFilter.ONE_NAME.length());
            }
        }
        return "";
    }
}
