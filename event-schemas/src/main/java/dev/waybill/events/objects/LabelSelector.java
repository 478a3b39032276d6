package dev.waybill.events.objects;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Which labels an object must have. Reads both forms of Kubernetes: the text of {@code labelSelector} parameters
 * ({@code a=b,c in (d,e),!f}) and the object of {@code spec.selector}. Immutable.
 */
public record LabelSelector(List<Requirement> requirements) {

    /** Matches everything. */
    public static final LabelSelector EVERYTHING = new LabelSelector(List.of());

    private static final Pattern SET = Pattern.compile("([^\\s!=(),]+)\\s+(in|notin)\\s*\\(([^)]*)\\)");
    private static final Pattern EQUALITY = Pattern.compile("([^\\s!=(),]+)\\s*(==|=|!=)\\s*([^\\s!=(),]*)");
    private static final Pattern EXISTENCE = Pattern.compile("(!?)\\s*([^\\s!=(),]+)");

    /** How a label must relate to the values of a requirement. */
    public enum Operator {
        IN,
        NOT_IN,
        EXISTS,
        DOES_NOT_EXIST
    }

    /** One condition on one label. */
    public record Requirement(String key, Operator operator, Set<String> values) {
        boolean matches(Map<String, String> labels) {
            String value = labels.get(key);
            return switch (operator) {
                case IN -> value != null && values.contains(value);
                case NOT_IN -> value == null || !values.contains(value);
                case EXISTS -> value != null;
                case DOES_NOT_EXIST -> value == null;
            };
        }
    }

    public boolean matches(Map<String, String> labels) {
        return requirements.stream().allMatch(requirement -> requirement.matches(labels));
    }

    public boolean isEverything() {
        return requirements.isEmpty();
    }

    /**
     * Reads the text of a {@code labelSelector} parameter.
     *
     * @throws IllegalArgumentException when the text is none, saying which part
     */
    public static LabelSelector parse(String text) {
        List<Requirement> requirements = new ArrayList<>();
        for (String term : terms(text)) {
            requirements.add(term(term)
                    .orElseThrow(() -> new IllegalArgumentException("unable to parse requirement: found '" + term
                            + "', expected: an equality, a set or a label key")));
        }
        return new LabelSelector(List.copyOf(requirements));
    }

    /** Reads a {@code matchLabels}/{@code matchExpressions} object; a missing one matches nothing is the caller's rule. */
    public static LabelSelector of(JsonNode selector) {
        List<Requirement> requirements = new ArrayList<>();
        selector.path("matchLabels")
                .properties()
                .forEach(label -> requirements.add(new Requirement(
                        label.getKey(), Operator.IN, Set.of(label.getValue().asString()))));
        for (JsonNode expression : selector.path("matchExpressions")) {
            Set<String> values = new TreeSet<>();
            expression.path("values").forEach(value -> values.add(value.asString()));
            requirements.add(new Requirement(expression.path("key").asString(), operator(expression), values));
        }
        return new LabelSelector(List.copyOf(requirements));
    }

    private static Operator operator(JsonNode expression) {
        String name = expression.path("operator").asString();
        return switch (name) {
            case "In" -> Operator.IN;
            case "NotIn" -> Operator.NOT_IN;
            case "Exists" -> Operator.EXISTS;
            case "DoesNotExist" -> Operator.DOES_NOT_EXIST;
            default -> throw new IllegalArgumentException("\"" + name + "\" is not a valid label selector operator");
        };
    }

    private static Optional<Requirement> term(String term) {
        Matcher set = SET.matcher(term);
        if (set.matches()) {
            Set<String> values = new TreeSet<>();
            for (String value : set.group(3).split(",", -1)) {
                values.add(value.strip());
            }
            return Optional.of(
                    new Requirement(set.group(1), set.group(2).equals("in") ? Operator.IN : Operator.NOT_IN, values));
        }
        Matcher equality = EQUALITY.matcher(term);
        if (equality.matches()) {
            return Optional.of(new Requirement(
                    equality.group(1),
                    equality.group(2).equals("!=") ? Operator.NOT_IN : Operator.IN,
                    Set.of(equality.group(3))));
        }
        Matcher existence = EXISTENCE.matcher(term);
        if (existence.matches()) {
            return Optional.of(new Requirement(
                    existence.group(2),
                    existence.group(1).isEmpty() ? Operator.EXISTS : Operator.DOES_NOT_EXIST,
                    Set.of()));
        }
        return Optional.empty();
    }

    /** Splits at commas outside parentheses. */
    private static List<String> terms(String text) {
        List<String> terms = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? ',' : text.charAt(i);
            if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
            } else if (c == ',' && (depth == 0 || i == text.length())) {
                terms.add(text.substring(start, i).strip());
                start = i + 1;
            }
        }
        if (terms.size() == 1 && terms.getFirst().isEmpty()) {
            return List.of();
        }
        return terms;
    }
}
