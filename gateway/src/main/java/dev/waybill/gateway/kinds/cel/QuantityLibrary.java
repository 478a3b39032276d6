package dev.waybill.gateway.kinds.cel;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.waybill.events.objects.Quantity;
import java.math.BigDecimal;

/** Amounts of resources (k8s.io/apiserver/pkg/cel/library/quantity.go). Stateless. */
final class QuantityLibrary {
    private static final OpaqueType QUANTITY = OpaqueType.create("kubernetes.Quantity");

    private QuantityLibrary() {}

    static CelLibrary add(CelLibrary library) {
        return library.global("quantity", QUANTITY, SimpleType.STRING, String.class, Quantity::parse)
                .global(
                        "isQuantity",
                        SimpleType.BOOL,
                        SimpleType.STRING,
                        String.class,
                        text -> Quantity.tryParse(text).isPresent())
                .method("isInteger", SimpleType.BOOL, QUANTITY, Quantity.class, QuantityLibrary::isInteger)
                .method("asInteger", SimpleType.INT, QUANTITY, Quantity.class, QuantityLibrary::asInteger)
                .method(
                        "asApproximateFloat",
                        SimpleType.DOUBLE,
                        QUANTITY,
                        Quantity.class,
                        each -> each.amount().doubleValue())
                .method("sign", SimpleType.INT, QUANTITY, Quantity.class, each ->
                        (long) each.amount().signum())
                .method(
                        "isGreaterThan",
                        SimpleType.BOOL,
                        QUANTITY,
                        Quantity.class,
                        QUANTITY,
                        Quantity.class,
                        (a, b) -> a.compareTo(b) > 0)
                .method(
                        "isLessThan",
                        SimpleType.BOOL,
                        QUANTITY,
                        Quantity.class,
                        QUANTITY,
                        Quantity.class,
                        (a, b) -> a.compareTo(b) < 0)
                .method("compareTo", SimpleType.INT, QUANTITY, Quantity.class, QUANTITY, Quantity.class, (a, b) ->
                        (long) a.compareTo(b))
                .method("add", QUANTITY, QUANTITY, Quantity.class, QUANTITY, Quantity.class, Quantity::plus)
                .method("sub", QUANTITY, QUANTITY, Quantity.class, QUANTITY, Quantity.class, Quantity::minus)
                .method(
                        "add",
                        QUANTITY,
                        QUANTITY,
                        Quantity.class,
                        SimpleType.INT,
                        Long.class,
                        (a, b) -> a.plus(Quantity.of(b)))
                .method(
                        "sub",
                        QUANTITY,
                        QUANTITY,
                        Quantity.class,
                        SimpleType.INT,
                        Long.class,
                        (a, b) -> a.minus(Quantity.of(b)));
    }

    private static boolean isInteger(Quantity quantity) {
        BigDecimal amount = quantity.amount().stripTrailingZeros();
        return amount.scale() <= 0
                && amount.precision() - amount.scale() < 20
                && amount.toBigInteger().bitLength() < 64;
    }

    private static long asInteger(Quantity quantity) {
        if (!isInteger(quantity)) {
            throw new IllegalArgumentException("cannot convert value to integer");
        }
        return quantity.amount().longValueExact();
    }
}
