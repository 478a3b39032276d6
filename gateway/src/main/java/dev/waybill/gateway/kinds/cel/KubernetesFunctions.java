package dev.waybill.gateway.kinds.cel;

import com.google.common.collect.ImmutableList;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelFunctionBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What Kubernetes adds to CEL's own functions and its extensions: lists and regular expressions
 * (k8s.io/apiserver/pkg/cel/library). Stateless.
 */
final class KubernetesFunctions {
    private static final CelType LIST = ListType.create(SimpleType.DYN);
    private static final CelType TEXTS = ListType.create(SimpleType.STRING);

    private KubernetesFunctions() {}

    static List<CelFunctionDecl> declarations() {
        return List.of(
                ofList("isSorted", SimpleType.BOOL),
                ofList("sum", SimpleType.DYN),
                ofList("min", SimpleType.DYN),
                ofList("max", SimpleType.DYN),
                CelFunctionDecl.newFunctionDeclaration(
                        "indexOf", member("k8s_list_indexOf", SimpleType.INT, LIST, SimpleType.DYN)),
                CelFunctionDecl.newFunctionDeclaration(
                        "lastIndexOf", member("k8s_list_lastIndexOf", SimpleType.INT, LIST, SimpleType.DYN)),
                CelFunctionDecl.newFunctionDeclaration(
                        "find", member("k8s_find", SimpleType.STRING, SimpleType.STRING, SimpleType.STRING)),
                CelFunctionDecl.newFunctionDeclaration(
                        "findAll",
                        member("k8s_findAll", TEXTS, SimpleType.STRING, SimpleType.STRING),
                        member("k8s_findAll_limit", TEXTS, SimpleType.STRING, SimpleType.STRING, SimpleType.INT)));
    }

    static List<CelFunctionBinding> bindings() {
        return List.of(
                CelFunctionBinding.from("k8s_isSorted", List.class, KubernetesFunctions::isSorted),
                CelFunctionBinding.from("k8s_sum", List.class, KubernetesFunctions::sum),
                CelFunctionBinding.from("k8s_min", List.class, list -> extreme(list, -1)),
                CelFunctionBinding.from("k8s_max", List.class, list -> extreme(list, 1)),
                CelFunctionBinding.from(
                        "k8s_list_indexOf", List.class, Object.class, (list, each) -> (long) list.indexOf(each)),
                CelFunctionBinding.from("k8s_list_lastIndexOf", List.class, Object.class, (list, each) ->
                        (long) list.lastIndexOf(each)),
                CelFunctionBinding.from("k8s_find", String.class, String.class, (text, pattern) -> {
                    Matcher matcher = Pattern.compile(pattern).matcher(text);
                    return matcher.find() ? matcher.group() : "";
                }),
                CelFunctionBinding.from(
                        "k8s_findAll", String.class, String.class, (text, pattern) -> findAll(text, pattern, -1)),
                CelFunctionBinding.from(
                        "k8s_findAll_limit",
                        ImmutableList.of(String.class, String.class, Long.class),
                        arguments -> findAll((String) arguments[0], (String) arguments[1], (Long) arguments[2])));
    }

    private static CelFunctionDecl ofList(String name, CelType result) {
        return CelFunctionDecl.newFunctionDeclaration(name, member("k8s_" + name, result, LIST));
    }

    private static CelOverloadDecl member(String id, CelType result, CelType... arguments) {
        return CelOverloadDecl.newMemberOverload(id, result, List.of(arguments));
    }

    private static List<String> findAll(String text, String pattern, long limit) {
        List<String> found = new ArrayList<>();
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        while ((limit < 0 || found.size() < limit) && matcher.find()) {
            found.add(matcher.group());
        }
        return found;
    }

    private static boolean isSorted(List<?> list) {
        for (int i = 1; i < list.size(); i++) {
            if (compare(element(list, i - 1), element(list, i)) > 0) {
                return false;
            }
        }
        return true;
    }

    private static Object sum(List<?> list) {
        boolean whole = list.stream().allMatch(Long.class::isInstance);
        if (whole) {
            return list.stream().mapToLong(each -> (Long) each).reduce(0, Math::addExact);
        }
        return list.stream().mapToDouble(each -> ((Number) each).doubleValue()).sum();
    }

    private static Object extreme(List<?> list, int sign) {
        if (list.isEmpty()) {
            throw new IllegalArgumentException((sign < 0 ? "min" : "max") + " called on empty list");
        }
        Object best = element(list, 0);
        for (Object each : list) {
            best = compare(Objects.requireNonNull(each), best) * sign > 0 ? each : best;
        }
        return best;
    }

    private static Object element(List<?> list, int index) {
        return Objects.requireNonNull(list.get(index));
    }

    @SuppressWarnings("unchecked")
    private static int compare(Object a, Object b) {
        if (a instanceof Number x && b instanceof Number y && a.getClass() != b.getClass()) {
            return Double.compare(x.doubleValue(), y.doubleValue());
        }
        return ((Comparable<Object>) a).compareTo(b);
    }
}
