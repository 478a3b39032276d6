package dev.waybill.events.objects;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of a resource as Kubernetes writes it: {@code 250m}, {@code 1.5}, {@code 512Mi}, {@code 1e3}. Equal when the
 * amounts are equal, however they are written. Immutable.
 *
 * @param amount the exact amount in base units (cores, bytes, pieces)
 * @param format the family of suffixes in which the amount is written back
 */
public record Quantity(BigDecimal amount, Format format) implements Comparable<Quantity> {

    /** The families of suffixes of a quantity. */
    public enum Format {
        DECIMAL,
        BINARY,
        EXPONENT
    }

    public static final Quantity ZERO = new Quantity(BigDecimal.ZERO, Format.DECIMAL);

    private static final Pattern SYNTAX =
            Pattern.compile("([+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+))([eE][+-]?[0-9]{1,3}|[KMGTPE]i|[numkMGTPE]|)");
    private static final Map<String, Integer> DECIMAL_EXPONENT =
            Map.of("n", -9, "u", -6, "m", -3, "", 0, "k", 3, "M", 6, "G", 9, "T", 12, "P", 15, "E", 18);
    private static final String[] BINARY_SUFFIX = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    private static final String[] DECIMAL_SUFFIX = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
    private static final int MAX_LENGTH = 64;

    /**
     * Reads a quantity.
     *
     * @throws IllegalArgumentException when the text is none, with Kubernetes' sentence for it
     */
    public static Quantity parse(String text) {
        return tryParse(text)
                .orElseThrow(() -> new IllegalArgumentException("quantities must match the regular expression "
                        + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"));
    }

    /** Reads a quantity, or nothing when the text is none. */
    public static Optional<Quantity> tryParse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (text.length() > MAX_LENGTH || !matcher.matches()) {
            return Optional.empty();
        }
        BigDecimal number = new BigDecimal(withoutTrailingPoint(matcher.group(1)));
        String suffix = matcher.group(2);
        if (suffix.length() == 2 && suffix.endsWith("i")) {
            int power = "KMGTPE".indexOf(suffix.charAt(0)) + 1;
            return Optional.of(new Quantity(
                    roundedUp(number.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(10 * power)))), Format.BINARY));
        }
        Integer exponent = DECIMAL_EXPONENT.get(suffix);
        if (exponent != null) {
            return Optional.of(new Quantity(roundedUp(number.scaleByPowerOfTen(exponent)), Format.DECIMAL));
        }
        int power = Integer.parseInt(suffix.substring(1));
        return Optional.of(new Quantity(roundedUp(number.scaleByPowerOfTen(power)), Format.EXPONENT));
    }

    public static Quantity ofMillis(long millis) {
        return new Quantity(BigDecimal.valueOf(millis, 3), Format.DECIMAL);
    }

    public static Quantity ofBytes(long bytes) {
        return new Quantity(BigDecimal.valueOf(bytes), Format.BINARY);
    }

    public static Quantity of(long amount) {
        return new Quantity(BigDecimal.valueOf(amount), Format.DECIMAL);
    }

    /** The amount in thousandths, rounded up; {@link Long#MAX_VALUE} when it is larger. */
    public long millis() {
        return clamp(amount.movePointRight(3).setScale(0, RoundingMode.CEILING));
    }

    /** The amount in whole units, rounded up; {@link Long#MAX_VALUE} when it is larger. */
    public long value() {
        return clamp(amount.setScale(0, RoundingMode.CEILING));
    }

    public Quantity plus(Quantity other) {
        return new Quantity(amount.add(other.amount), amount.signum() == 0 ? other.format : format);
    }

    public Quantity minus(Quantity other) {
        return new Quantity(amount.subtract(other.amount), amount.signum() == 0 ? other.format : format);
    }

    public boolean isNegative() {
        return amount.signum() < 0;
    }

    @Override
    public int compareTo(Quantity other) {
        return amount.compareTo(other.amount);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Quantity that && amount.compareTo(that.amount) == 0;
    }

    @Override
    public int hashCode() {
        return amount.stripTrailingZeros().hashCode();
    }

    /** The canonical form: no fraction, the largest suffix that allows it. */
    @Override
    public String toString() {
        if (amount.signum() == 0) {
            return "0";
        }
        if (format == Format.BINARY && amount.abs().compareTo(BigDecimal.valueOf(1024)) >= 0 && isWhole(amount)) {
            return binary(amount.toBigIntegerExact());
        }
        BigDecimal plain = amount.stripTrailingZeros();
        int exponent = Math.floorDiv(-plain.scale(), 3) * 3;
        exponent = Math.clamp(exponent, -9, 18);
        String digits = plain.movePointLeft(exponent).toBigInteger().toString();
        if (format == Format.EXPONENT) {
            return exponent == 0 ? digits : digits + "e" + exponent;
        }
        return digits + DECIMAL_SUFFIX[exponent / 3 + 3];
    }

    private static String binary(BigInteger bytes) {
        int power = Math.min(bytes.getLowestSetBit() / 10, BINARY_SUFFIX.length - 1);
        return bytes.shiftRight(10 * power) + BINARY_SUFFIX[power];
    }

    /** Kubernetes keeps nothing finer than a nano unit and rounds up to it. */
    private static BigDecimal roundedUp(BigDecimal number) {
        return number.scale() > 9 ? number.setScale(9, RoundingMode.UP) : number;
    }

    private static String withoutTrailingPoint(String number) {
        return number.endsWith(".") ? number.substring(0, number.length() - 1) : number;
    }

    private static boolean isWhole(BigDecimal number) {
        return number.stripTrailingZeros().scale() <= 0;
    }

    private static long clamp(BigDecimal whole) {
        return whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) >= 0 ? Long.MAX_VALUE : whole.longValue();
    }
}
