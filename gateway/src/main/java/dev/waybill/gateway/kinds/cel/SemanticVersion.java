package dev.waybill.gateway.kinds.cel;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version by semver.org, 2.0.0; numbers are of 64 bits, as the parser that Kubernetes uses has them. Immutable; equal
 * when nothing differs but the build.
 *
 * @param preRelease identifiers after the hyphen
 */
record SemanticVersion(long major, long minor, long patch, List<String> preRelease)
        implements Comparable<SemanticVersion> {
    private static final String NUMBER = "(0|[1-9][0-9]*)";
    private static final String IDENTIFIERS = "([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)";
    private static final Pattern VERSION = Pattern.compile(
            NUMBER + "\\." + NUMBER + "\\." + NUMBER + "(?:-" + IDENTIFIERS + ")?(?:\\+" + IDENTIFIERS + ")?");
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    /** Longer ones are no version that anybody gives; the expression's time grows with them. */
    private static final int LONGEST = 1_000;

    /** @throws IllegalArgumentException when it is none */
    static SemanticVersion parse(String text) {
        Matcher matcher = VERSION.matcher(text);
        if (text.length() > LONGEST || !matcher.matches()) {
            throw new IllegalArgumentException("No Major.Minor.Patch elements found");
        }
        String after = matcher.group(4);
        List<String> identifiers = after == null ? List.of() : List.of(after.split("\\.", -1));
        for (String identifier : identifiers) {
            if (identifier.length() > 1 && identifier.startsWith("0") && isNumber(identifier)) {
                throw new IllegalArgumentException(
                        "Numeric PreRelease version must not contain leading zeroes \"" + identifier + "\"");
            }
        }
        return new SemanticVersion(
                number(matcher.group(1)), number(matcher.group(2)), number(matcher.group(3)), identifiers);
    }

    /**
     * The same of what people write: with a v before it, with leading zeros, without minor and patch.
     *
     * @throws IllegalArgumentException when it is none
     */
    static SemanticVersion parse(String text, boolean normalize) {
        if (!normalize) {
            return parse(text);
        }
        List<String> parts =
                new ArrayList<>(List.of((text.startsWith("v") ? text.substring(1) : text).split("\\.", 3)));
        if (parts.size() < 3
                && (parts.getLast().contains("+") || parts.getLast().contains("-"))) {
            throw new IllegalArgumentException("short version cannot contain PreRelease/Build meta data");
        }
        parts.replaceAll(SemanticVersion::withoutLeadingZeros);
        while (parts.size() < 3) {
            parts.add("0");
        }
        return parse(String.join(".", parts));
    }

    static Optional<SemanticVersion> tryParse(String text, boolean normalize) {
        try {
            return Optional.of(parse(text, normalize));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String withoutLeadingZeros(String part) {
        int first = 0;
        while (first < part.length() - 1 && part.charAt(first) == '0' && Character.isDigit(part.charAt(first + 1))) {
            first++;
        }
        return part.substring(first);
    }

    private static long number(String digits) {
        BigInteger number = new BigInteger(digits);
        if (number.bitLength() > 63) {
            throw new IllegalArgumentException("value out of range");
        }
        return number.longValueExact();
    }

    private static boolean isNumber(String identifier) {
        return DIGITS.matcher(identifier).matches();
    }

    @Override
    public int compareTo(SemanticVersion other) {
        int numbers = Long.compare(major, other.major);
        numbers = numbers == 0 ? Long.compare(minor, other.minor) : numbers;
        numbers = numbers == 0 ? Long.compare(patch, other.patch) : numbers;
        if (numbers != 0) {
            return numbers;
        }
        // A version comes after its pre-releases.
        if (preRelease.isEmpty() || other.preRelease.isEmpty()) {
            return Boolean.compare(preRelease.isEmpty(), other.preRelease.isEmpty());
        }
        for (int i = 0; i < Math.min(preRelease.size(), other.preRelease.size()); i++) {
            int identifiers = compare(preRelease.get(i), other.preRelease.get(i));
            if (identifiers != 0) {
                return identifiers;
            }
        }
        return Integer.compare(preRelease.size(), other.preRelease.size());
    }

    /** Numbers come before words. */
    private static int compare(String a, String b) {
        boolean number = isNumber(a);
        if (number != isNumber(b)) {
            return number ? -1 : 1;
        }
        int order = number ? new BigInteger(a).compareTo(new BigInteger(b)) : a.compareTo(b);
        return Integer.signum(order);
    }
}
