package dev.waybill.gateway.kinds.cel;

import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.types.CelType;
import dev.cel.runtime.CelEvaluationListener;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an evaluation costs while it runs, by the rules of Kubernetes (cel-go/interpreter/runtimecost.go,
 * k8s.io/apiserver/pkg/cel/library/cost.go): each step tells its value, and the sizes of values say what the calls with
 * them cost. One evaluation, one thread.
 */
final class RunningCost implements CelEvaluationListener {
    /** Of one evaluation (PerCallLimit in k8s.io/apiserver/pkg/apis/cel). */
    static final long LIMIT = 1_000_000;

    private static final double BYTE = 0.1;
    private static final double EXPRESSION_BYTE = 0.25;
    private static final int LIST = 10;
    private static final int MAP = 30;
    private static final int STRUCT = 40;

    /** The newest value of each expression: what a call is made with was evaluated just before it. */
    private final Map<Long, Object> values = new HashMap<>();

    private final Set<Long> free;
    private long cost;

    /** @param free steps that cost nothing */
    RunningCost(Set<Long> free) {
        this.free = free;
    }

    static final String EXCEEDED =
            "'operation cancelled: actual cost limit exceeded': no further validation rules will be"
                    + " run due to call cost exceeds limit for rule: ";

    /** Ends an evaluation. */
    static final class ExceededException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ExceededException() {
            super("operation cancelled: actual cost limit exceeded", null, false, false);
        }
    }

    long cost() {
        return cost;
    }

    boolean exceeded() {
        return cost > LIMIT;
    }

    @Override
    public void callback(CelExpr expression, Object value) {
        values.put(expression.id(), value);
        if (!free.contains(expression.id())) {
            cost = RuleCost.plus(cost, step(expression, value));
        }
        if (exceeded()) {
            // Where an operator would swallow this, the next step throws it again.
            throw new ExceededException();
        }
    }

    private long step(CelExpr expression, Object value) {
        return switch (expression.getKind()) {
            case IDENT -> value instanceof CelType ? 0 : 1; // the name of a type is a constant
            case SELECT -> 1;
            case CALL -> call(expression.call(), value);
            case LIST -> LIST;
            case MAP -> MAP;
            case STRUCT -> STRUCT;
            default -> 0;
        };
    }

    private long call(CelCall call, Object result) {
        List<CelExpr> arguments = new ArrayList<>();
        call.target().ifPresent(arguments::add);
        arguments.addAll(call.args());
        long first = size(arguments, 0);
        long second = size(arguments, 1);
        return switch (call.function()) {
            case "_||_", "_&&_", "_?_:_" -> 0;
            case "_==_", "_!=_" -> bytes(Math.min(first, second), BYTE);
            case "_<_", "_<=_", "_>_", "_>=_" -> isText(arguments) ? bytes(Math.min(first, second), BYTE) : 1;
            case "_+_" -> isText(arguments) ? bytes(RuleCost.plus(first, second), BYTE) : 1;
            case "@in", "_in_" -> value(arguments, 1) instanceof Collection<?> ? second : 1;
            case "startsWith", "endsWith" -> bytes(first, BYTE);
            case "contains" -> RuleCost.times(bytes(first, BYTE), bytes(second, BYTE));
            case "matches", "find", "findAll" ->
                RuleCost.times(bytes(RuleCost.plus(first, 1), BYTE), bytes(second, EXPRESSION_BYTE));
            case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf" -> traversal(value(arguments, 0));
            case "url", "isURL", "quantity", "isQuantity", "isIP", "ip", "isCIDR", "cidr", "semver", "isSemver" ->
                value(arguments, 0) instanceof String ? bytes(first, BYTE) : 1;
            case "lowerAscii", "upperAscii", "substring", "trim" -> bytes(first, BYTE);
            case "ip.isCanonical", "replace", "split" -> bytes(first, 2 * BYTE);
            case "join" -> bytes(size(result), 2 * BYTE);
            default -> 1;
        };
    }

    private static long traversal(@Nullable Object value) {
        return switch (value) {
            case Collection<?> list ->
                list.stream().mapToLong(RunningCost::traversal).sum();
            case String text -> (long) (text.getBytes(StandardCharsets.UTF_8).length * BYTE);
            case null, default -> 1;
        };
    }

    private @Nullable Object value(List<CelExpr> arguments, int index) {
        return index < arguments.size() ? values.get(arguments.get(index).id()) : null;
    }

    private long size(List<CelExpr> arguments, int index) {
        return size(value(arguments, index));
    }

    private boolean isText(List<CelExpr> arguments) {
        return value(arguments, 0) instanceof String;
    }

    private static long size(@Nullable Object value) {
        return switch (value) {
            case String text -> text.codePointCount(0, text.length());
            case Collection<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case null, default -> 1;
        };
    }

    private static long bytes(long size, double factor) {
        return (long) Math.ceil(size * factor);
    }
}
