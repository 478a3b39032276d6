package dev.waybill.gateway.kinds.cel;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelFunctionOverload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Functions that rules may call, put together one by one. Immutable once it is used. */
final class CelLibrary {
    private final Map<String, List<CelOverloadDecl>> overloads = new LinkedHashMap<>();
    private final List<CelFunctionBinding> bindings = new ArrayList<>();

    /** A function of one argument, called as {@code name(argument)}. */
    <A> CelLibrary global(
            String name, CelType result, CelType type, Class<A> argument, CelFunctionOverload.Unary<A> body) {
        String id = id(name, type);
        overload(name, CelOverloadDecl.newGlobalOverload(id, result, List.of(type)));
        bindings.add(CelFunctionBinding.from(id, argument, body));
        return this;
    }

    /** A function of two arguments. */
    <A, B> CelLibrary global(
            String name,
            CelType result,
            CelType firstType,
            Class<A> first,
            CelType secondType,
            Class<B> second,
            CelFunctionOverload.Binary<A, B> body) {
        String id = id(name, firstType) + "_" + secondType.name();
        overload(name, CelOverloadDecl.newGlobalOverload(id, result, List.of(firstType, secondType)));
        bindings.add(CelFunctionBinding.from(id, first, second, body));
        return this;
    }

    /** A function without arguments, whose value does not change. */
    @SuppressWarnings("Immutable")
    CelLibrary constant(String name, CelType result, Object value) {
        overload(name, CelOverloadDecl.newGlobalOverload(name + "_of_nothing", result, List.of()));
        bindings.add(CelFunctionBinding.from(name + "_of_nothing", List.of(), arguments -> value));
        return this;
    }

    /** A method, called as {@code receiver.name()}. */
    <A> CelLibrary method(
            String name, CelType result, CelType type, Class<A> receiver, CelFunctionOverload.Unary<A> body) {
        String id = id(name, type);
        overload(name, CelOverloadDecl.newMemberOverload(id, result, List.of(type)));
        bindings.add(CelFunctionBinding.from(id, receiver, body));
        return this;
    }

    /** A method with an argument. */
    <A, B> CelLibrary method(
            String name,
            CelType result,
            CelType type,
            Class<A> receiver,
            CelType argumentType,
            Class<B> argument,
            CelFunctionOverload.Binary<A, B> body) {
        String id = id(name, type) + "_" + argumentType.name();
        overload(name, CelOverloadDecl.newMemberOverload(id, result, List.of(type, argumentType)));
        bindings.add(CelFunctionBinding.from(id, receiver, argument, body));
        return this;
    }

    List<CelFunctionDecl> declarations() {
        return overloads.entrySet().stream()
                .map(function -> CelFunctionDecl.newFunctionDeclaration(function.getKey(), function.getValue()))
                .toList();
    }

    List<CelFunctionBinding> bindings() {
        return bindings;
    }

    private void overload(String name, CelOverloadDecl overload) {
        overloads.computeIfAbsent(name, key -> new ArrayList<>()).add(overload);
    }

    private static String id(String name, CelType type) {
        return "k8s_" + name + "_of_" + type.name();
    }
}
