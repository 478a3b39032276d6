package dev.waybill.gateway.kinds.cel;

import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The steps of an expression that Kubernetes' evaluation does not have, since it puts them together with others or
 * computes them once: constant lists, maps and conversions, what a list or a conditional is given as a plain name, and what
 * {@code has} looks for. Stateless.
 */
final class FreeSteps {
    private static final Set<String> CONVERSIONS =
            Set.of("bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint");

    private final Set<Long> free = new HashSet<>();

    private FreeSteps() {}

    /** Their ids. */
    static Set<Long> of(CelExpr expression) {
        FreeSteps steps = new FreeSteps();
        steps.look(expression);
        return Set.copyOf(steps.free);
    }

    private void look(CelExpr expression) {
        if (isConstant(expression)) {
            free.add(expression.id());
        }
        switch (expression.getKind()) {
            case SELECT -> {
                look(expression.select().operand());
                if (expression.select().testOnly()) {
                    free.add(expression.id());
                }
            }
            case CALL -> call(expression, expression.call());
            case LIST -> expression.list().elements().forEach(this::look);
            case MAP ->
                expression.map().entries().forEach(entry -> {
                    look(entry.key());
                    look(entry.value());
                });
            case STRUCT -> expression.struct().entries().forEach(entry -> look(entry.value()));
            case COMPREHENSION -> {
                look(expression.comprehension().iterRange());
                look(expression.comprehension().accuInit());
                look(expression.comprehension().loopCondition());
                look(expression.comprehension().loopStep());
                look(expression.comprehension().result());
            }
            default -> {}
        }
    }

    private void call(CelExpr expression, CelCall call) {
        call.target().ifPresent(this::look);
        call.args().forEach(this::look);
        switch (call.function()) {
            case "_[_]" -> name(call.args().get(1));
            case "_?_:_" -> {
                name(call.args().get(1));
                name(call.args().get(2));
            }
            case "@in", "_in_" -> {
                if (isConstant(call.args().get(1))) {
                    free.add(expression.id());
                }
            }
            default -> {}
        }
    }

    private void name(CelExpr expression) {
        if (expression.getKind() == CelExpr.ExprKind.Kind.IDENT) {
            free.add(expression.id());
        }
    }

    private static boolean isConstant(CelExpr expression) {
        return switch (expression.getKind()) {
            case CONSTANT -> true;
            case LIST -> isConstant(expression.list().elements());
            case MAP ->
                expression.map().entries().stream()
                        .allMatch(entry -> isConstant(entry.key()) && isConstant(entry.value()));
            case CALL ->
                CONVERSIONS.contains(expression.call().function())
                        && expression.call().target().isEmpty()
                        && isConstant(expression.call().args());
            default -> false;
        };
    }

    private static boolean isConstant(List<CelExpr> expressions) {
        return expressions.stream().allMatch(FreeSteps::isConstant);
    }
}
