package dev.waybill.gateway.kinds.cel;

import dev.waybill.gateway.kinds.FieldError;
import java.util.List;
import java.util.Locale;

/** What the rules of one schema may cost, each and together (k8s.io/apiextensions-apiserver). One thread. */
final class CostBudget {
    private static final long EACH = 10_000_000;
    private static final long ALL = 100_000_000;

    private long sum;

    /** Takes an expression into account, and refuses it when it alone is too expensive. */
    void add(String path, String what, long cost, long times, List<FieldError> errors) {
        long most = RuleCost.times(cost, times);
        sum = RuleCost.plus(sum, most);
        if (most > EACH) {
            errors.add(FieldError.forbidden(path, sentence(what, most, EACH)));
        }
    }

    /** Of what was taken into account. */
    long sum() {
        return sum;
    }

    void checkSum(String path, List<FieldError> errors) {
        if (sum > ALL) {
            errors.add(FieldError.forbidden(
                    path,
                    sentence("estimated rule & messageExpression cost total for entire OpenAPIv3 schema", sum, ALL)));
        }
    }

    private static String sentence(String what, long cost, long budget) {
        double factor = (double) cost / budget;
        String shown =
                factor > 100 ? "more than 100x" : String.format(Locale.ROOT, factor < 1.5 ? "%fx" : "%.1fx", factor);
        return what + " exceeds budget by factor of " + shown + " (try simplifying the rule, or adding maxItems,"
                + " maxProperties, and maxLength where arrays, maps, and strings are declared)";
    }
}
