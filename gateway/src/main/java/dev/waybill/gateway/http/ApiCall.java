package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.Identity;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.runtime.TraceContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;

/**
 * One call of the resource API with everything that its handler needs. Used by the thread that serves it; request and
 * response are gone when the servlet has returned, which a WebSocket outlives.
 *
 * @param trace the caller's trace, or a new one
 * @param parameters of the query
 */
record ApiCall(
        ResourcePath path,
        Kind kind,
        Identity identity,
        Negotiation negotiation,
        TraceContext trace,
        Deadline deadline,
        Map<String, String[]> parameters,
        HttpServletRequest request,
        HttpServletResponse response) {

    ResourceKey key() {
        return new ResourceKey(kind.storageGroup(), kind.plural(), path.namespace(), path.name());
    }

    /** A query parameter; empty when absent. */
    String query(String name) {
        String[] values = parameters.get(name);
        return values == null ? "" : values[0];
    }

    boolean flag(String name) {
        return flag(parameters, name);
    }

    /** As k8s.io/apimachinery/pkg/runtime reads them: what is there is true unless it says no, {@code True} included. */
    static boolean flag(Map<String, String[]> parameters, String name) {
        String[] values = parameters.get(name);
        return values != null && !values[0].equalsIgnoreCase("false") && !values[0].equals("0");
    }

    long number(String name, long otherwise) {
        String value = query(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw ApiException.badRequest(name + ": Invalid value: \"" + value + "\": must be a whole number");
        }
    }
}
