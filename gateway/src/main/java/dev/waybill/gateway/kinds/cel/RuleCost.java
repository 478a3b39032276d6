package dev.waybill.gateway.kinds.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the evaluation of an expression costs at most, in the units and by the rules of Kubernetes
 * (cel-go/checker/cost.go, k8s.io/apiserver/pkg/cel/library/cost.go): one for a step, a tenth for a byte that is looked at,
 * and for a loop as often as its list can have elements. Sums that grow beyond a long stay there. One thread.
 */
final class RuleCost {
    private static final double BYTE = 0.1;
    private static final double EXPRESSION_BYTE = 0.25;
    private static final int LIST = 10;
    private static final int MAP = 30;
    private static final int STRUCT = 40;

    private final CelAbstractSyntaxTree tree;
    private final JsonNode schema;

    /** Where in the schema an expression's value stands; nothing for values that are made. */
    private final Map<Long, List<String>> paths = new HashMap<>();

    private final Map<Long, Long> sizes = new HashMap<>();

    /** What the variables of the loops around here run over. */
    private final Map<String, CelExpr> ranges = new HashMap<>();

    private RuleCost(CelAbstractSyntaxTree tree, JsonNode schema) {
        this.tree = tree;
        this.schema = schema;
    }

    /** @param schema of {@code self} and {@code oldSelf} */
    static long of(CelAbstractSyntaxTree tree, JsonNode schema) {
        return new RuleCost(tree, schema).cost(tree.getExpr());
    }

    private long cost(CelExpr expression) {
        return switch (expression.getKind()) {
            case IDENT -> ident(expression);
            case SELECT -> select(expression);
            case CALL -> call(expression);
            case LIST -> {
                sizes.put(expression.id(), (long) expression.list().elements().size());
                yield sum(expression.list().elements().stream(), LIST);
            }
            case MAP -> {
                sizes.put(expression.id(), (long) expression.map().entries().size());
                yield sum(
                        expression.map().entries().stream().flatMap(entry -> Stream.of(entry.key(), entry.value())),
                        MAP);
            }
            case STRUCT -> sum(expression.struct().entries().stream().map(CelExpr.CelStruct.Entry::value), STRUCT);
            case COMPREHENSION -> loop(expression);
            default -> 0;
        };
    }

    private long sum(Stream<CelExpr> parts, long base) {
        return parts.mapToLong(this::cost).reduce(base, RuleCost::plus);
    }

    private long ident(CelExpr expression) {
        String name = expression.ident().name();
        CelExpr range = ranges.get(name);
        if (range != null) {
            below(expression, range, type(range).kind() == CelKind.MAP ? "@keys" : "@items");
        } else if (name.equals("self") || name.equals("oldSelf")) {
            paths.put(expression.id(), List.of());
        }
        return 1;
    }

    private long select(CelExpr expression) {
        CelExpr operand = expression.select().operand();
        long cost = cost(operand);
        if (expression.select().testOnly()) {
            return cost;
        }
        below(expression, operand, expression.select().field());
        return switch (type(operand).kind()) {
            case MAP, STRUCT, TYPE_PARAM -> plus(cost, 1);
            default -> cost;
        };
    }

    private long loop(CelExpr expression) {
        CelComprehension loop = expression.comprehension();
        long before = plus(cost(loop.iterRange()), cost(loop.accuInit()));
        CelExpr shadowed = ranges.put(loop.iterVar(), loop.iterRange());
        long round = plus(cost(loop.loopCondition()), cost(loop.loopStep()));
        if (shadowed == null) {
            ranges.remove(loop.iterVar());
        } else {
            ranges.put(loop.iterVar(), shadowed);
        }
        long rounds = size(loop.iterRange());
        sizes.put(expression.id(), rounds);
        return plus(plus(before, cost(loop.result())), times(rounds, round));
    }

    private long call(CelExpr expression) {
        CelCall call = expression.call();
        List<CelExpr> arguments = call.args();
        long[] each = arguments.stream().mapToLong(this::cost).toArray();
        long target = call.target().map(this::cost).orElse(0L);
        long own = plus(target, function(expression, call, arguments, each));
        if (call.function().equals("_[_]") && !arguments.isEmpty()) {
            CelExpr container = arguments.getFirst();
            below(expression, container, type(container).kind() == CelKind.MAP ? "@values" : "@items");
        }
        return own;
    }

    private long function(CelExpr expression, CelCall call, List<CelExpr> arguments, long[] each) {
        long all = Arrays.stream(each).reduce(0, RuleCost::plus);
        @Nullable CelExpr target = call.target().orElse(null);
        CelExpr first = arguments.isEmpty() ? null : arguments.getFirst();
        return switch (call.function()) {
            case "_||_", "_&&_" -> all;
            case "_?_:_" -> {
                sizes.put(expression.id(), Math.max(size(arguments.get(1)), size(arguments.get(2))));
                yield plus(each[0], Math.max(each[1], each[2]));
            }
            case "_==_", "_!=_" -> plus(all, bytes(Math.min(size(first), size(arguments.get(1))), BYTE));
            case "_<_", "_<=_", "_>_", "_>=_" ->
                plus(all, isText(type(first)) ? bytes(Math.min(size(first), size(arguments.get(1))), BYTE) : 1);
            case "_+_" -> plus(all, sum(expression, arguments));
            case "@in", "_in_" -> plus(all, type(arguments.get(1)).kind() == CelKind.LIST ? size(arguments.get(1)) : 1);
            case "startsWith", "endsWith" -> plus(all, bytes(size(first), BYTE));
            case "contains" -> plus(all, times(bytes(size(target), BYTE), bytes(size(first), BYTE)));
            case "matches" -> {
                CelExpr text = target == null ? first : target;
                CelExpr pattern = target == null ? arguments.get(1) : first;
                yield plus(all, search(text, pattern));
            }
            case "find", "findAll" -> {
                sizes.put(expression.id(), size(target));
                yield plus(all, search(target, first));
            }
            case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf" ->
                target == null ? plus(all, 1) : plus(all, traversal(target));
            case "url", "isURL", "quantity", "isQuantity", "ip", "isIP", "cidr", "isCIDR", "semver", "isSemver" ->
                plus(all, target == null ? bytes(size(first), BYTE) : 1);
            case "ip.isCanonical" -> plus(all, bytes(size(first), 2 * BYTE));
            case "lowerAscii", "upperAscii", "substring", "trim" -> {
                sizes.put(expression.id(), size(target));
                yield plus(all, bytes(size(target), BYTE));
            }
            case "replace" -> {
                sizes.put(expression.id(), plus(times(plus(size(target), 1), size(arguments.get(1))), size(target)));
                yield plus(all, bytes(size(target), 2 * BYTE));
            }
            case "split" -> {
                sizes.put(expression.id(), size(target));
                yield plus(all, bytes(size(target), 2 * BYTE));
            }
            case "join" -> {
                long count = size(target);
                long text = plus(
                        times(count, elementSize(target)),
                        first == null ? 0 : times(size(first), Math.max(0, count - 1)));
                sizes.put(expression.id(), text);
                yield plus(all, bytes(text, BYTE));
            }
            default -> plus(all, 1);
        };
    }

    private long sum(CelExpr expression, List<CelExpr> arguments) {
        CelType type = type(expression);
        if (!isText(type) && type.kind() != CelKind.LIST) {
            return 1;
        }
        long size = plus(size(arguments.get(0)), size(arguments.get(1)));
        sizes.put(expression.id(), size);
        return type.kind() == CelKind.LIST ? 1 : bytes(size, BYTE);
    }

    private long search(@Nullable CelExpr text, @Nullable CelExpr pattern) {
        return times(bytes(plus(size(text), 1), BYTE), bytes(size(pattern), EXPRESSION_BYTE));
    }

    private long traversal(CelExpr list) {
        if (type(list).kind() != CelKind.LIST) {
            return bytes(size(list), BYTE);
        }
        CelType element = type(list).parameters().getFirst();
        return times(size(list), isText(element) ? plus(1, bytes(elementSize(list), BYTE)) : 1);
    }

    private long elementSize(@Nullable CelExpr list) {
        List<String> path = list == null ? null : paths.get(list.id());
        return path == null
                ? Long.MAX_VALUE
                : SchemaSizes.most(SchemaSizes.at(schema, path).path("items"));
    }

    /** How large a value can be; one for a scalar that is made, and without end for what nothing is known of. */
    private long size(@Nullable CelExpr expression) {
        if (expression == null) {
            return 1;
        }
        if (expression.getKind() == CelExpr.ExprKind.Kind.CONSTANT) {
            return size(expression.constant());
        }
        Long made = sizes.get(expression.id());
        if (made != null) {
            return made;
        }
        List<String> path = paths.get(expression.id());
        if (path != null) {
            if (!path.isEmpty() && path.getLast().equals("@keys")) {
                return 0;
            }
            JsonNode found = SchemaSizes.at(schema, path);
            if (!found.isMissingNode()) {
                return SchemaSizes.most(found);
            }
        }
        return isScalar(type(expression)) ? 1 : Long.MAX_VALUE;
    }

    private static long size(CelConstant constant) {
        return switch (constant.getKind()) {
            case STRING_VALUE ->
                constant.stringValue().codePointCount(0, constant.stringValue().length());
            case BYTES_VALUE -> constant.bytesValue().size();
            default -> 1;
        };
    }

    private void below(CelExpr expression, CelExpr parent, String name) {
        List<String> path = paths.get(parent.id());
        if (path != null) {
            paths.put(
                    expression.id(),
                    Stream.concat(path.stream(), Stream.of(name)).toList());
        }
    }

    private CelType type(@Nullable CelExpr expression) {
        return expression == null
                ? SimpleType.DYN
                : tree.getType(expression.id()).orElse(SimpleType.DYN);
    }

    private static boolean isText(CelType type) {
        return type.kind() == CelKind.STRING || type.kind() == CelKind.BYTES;
    }

    private static boolean isScalar(CelType type) {
        return switch (type.kind()) {
            case BOOL, INT, UINT, DOUBLE, DURATION, TIMESTAMP, NULL_TYPE -> true;
            default -> false;
        };
    }

    private static long bytes(long size, double factor) {
        double cost = Math.ceil(size * factor);
        return cost >= Long.MAX_VALUE ? Long.MAX_VALUE : (long) cost;
    }

    static long plus(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    static long times(long a, long b) {
        return a != 0 && b > Long.MAX_VALUE / a ? Long.MAX_VALUE : a * b;
    }
}
