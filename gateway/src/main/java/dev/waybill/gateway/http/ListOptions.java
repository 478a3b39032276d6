package dev.waybill.gateway.http;

import dev.waybill.gateway.kinds.FieldError;
import java.util.ArrayList;
import java.util.List;

/** Which parameters of a list or watch go together (ValidateListOptions in k8s.io/apimachinery). Stateless. */
final class ListOptions {
    private static final String MATCH = "resourceVersionMatch";
    private static final String INITIAL = "sendInitialEvents";

    private ListOptions() {}

    static void checkList(ApiCall call) {
        String revision = call.query("resourceVersion");
        if (!call.query("continue").isEmpty() && !revision.isEmpty() && !revision.equals("0")) {
            throw ApiException.badRequest("specifying resource version is not allowed when using continue");
        }
        List<FieldError> errors = new ArrayList<>();
        if (call.parameters().containsKey(INITIAL)) {
            errors.add(FieldError.forbidden(INITIAL, INITIAL + " is forbidden for list"));
        }
        String match = call.query(MATCH);
        if (!match.isEmpty()) {
            if (call.query("resourceVersion").isEmpty()) {
                errors.add(FieldError.forbidden(MATCH, MATCH + " is forbidden unless resourceVersion is provided"));
            }
            if (!call.query("continue").isEmpty()) {
                errors.add(FieldError.forbidden(MATCH, MATCH + " is forbidden when continue is provided"));
            }
            if (!match.equals("Exact") && !match.equals("NotOlderThan")) {
                errors.add(FieldError.notSupported(MATCH, match, List.of("Exact", "NotOlderThan", "")));
            }
            if (match.equals("Exact") && call.query("resourceVersion").equals("0")) {
                errors.add(FieldError.forbidden(MATCH, MATCH + " \"exact\" is forbidden for resourceVersion \"0\""));
            }
        }
        Options.refuse("ListOptions", errors);
    }

    static void checkWatch(ApiCall call) {
        List<FieldError> errors = new ArrayList<>();
        boolean initial = call.parameters().containsKey(INITIAL);
        String match = call.query(MATCH);
        if (initial && !match.equals("NotOlderThan")) {
            errors.add(FieldError.forbidden(MATCH, INITIAL + " requires setting " + MATCH + " to NotOlderThan"));
        }
        if (!match.isEmpty() && !initial) {
            errors.add(
                    FieldError.forbidden(MATCH, MATCH + " is forbidden for watch unless " + INITIAL + " is provided"));
        }
        if (!match.isEmpty() && !match.equals("NotOlderThan")) {
            errors.add(FieldError.notSupported(MATCH, match, List.of("NotOlderThan")));
        }
        Options.refuse("ListOptions", errors);
    }
}
