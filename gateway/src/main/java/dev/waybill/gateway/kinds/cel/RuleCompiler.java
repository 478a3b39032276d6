package dev.waybill.gateway.kinds.cel;

import dev.cel.bundle.Cel;
import dev.cel.bundle.CelBuilder;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.waybill.gateway.kinds.FieldError;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Compiles rules against the schema at which they stand, so that a name that the schema does not have is an error of the
 * definition. What a rule may cost is bounded by its length, the depth of its text and what its steps cost (ADR 35).
 * Stateless.
 */
final class RuleCompiler {
    /** Rounds of all loops of one evaluation together; a round costs one at least, so that the cost ends it before. */
    private static final int MOST_ROUNDS = (int) RunningCost.LIMIT;

    private static final int LONGEST = 16_384;
    private static final int DEEPEST = 100;
    private static final Pattern OLD = Pattern.compile("\\boldSelf\\b");
    private static final List<String> REASONS =
            List.of("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired");

    private static final CelOptions OPTIONS = CelOptions.current()
            .comprehensionMaxIterations(MOST_ROUNDS)
            .maxExpressionCodePointSize(LONGEST)
            .maxParseRecursionDepth(DEEPEST)
            .evaluateCanonicalTypesToNativeValues(true)
            .enableHeterogeneousNumericComparisons(true)
            .enableTimestampEpoch(true)
            .build();

    private static final CelLibrary KUBERNETES = SemverLibrary.add(
            FormatLibrary.add(UrlLibrary.add(NetworkLibrary.add(QuantityLibrary.add(new CelLibrary())))));

    private RuleCompiler() {}

    /** A rule, or null with what is wrong with it among the errors. */
    static @Nullable ValidationRule compile(
            JsonNode rule, JsonNode schema, boolean root, boolean correlatable, String path, List<FieldError> errors) {
        String expression = rule.path("rule").asString("").strip();
        if (expression.isEmpty()) {
            errors.add(FieldError.required(path + ".rule", "rule is not specified"));
            return null;
        }
        int before = errors.size();
        String reason = rule.path("reason").asString("");
        if (!reason.isEmpty() && !REASONS.contains(reason)) {
            errors.add(FieldError.notSupported(path + ".reason", reason, REASONS));
        }
        if (rule.path("message").asString("").contains("\n")) {
            errors.add(FieldError.invalid(
                    path + ".message", rule.path("message").toString(), "message must not contain line breaks"));
        }
        String computed = rule.path("messageExpression").asString("");
        boolean transition =
                OLD.matcher(expression).find() || OLD.matcher(computed).find();
        if (transition && !correlatable) {
            errors.add(FieldError.invalid(
                    path + ".rule",
                    rule.path("rule").toString(),
                    "oldSelf cannot be used on the uncorrelatable portion of the schema"));
            return null;
        }
        Cel cel = environment(schema, root, rule.path("optionalOldSelf").asBoolean(false));
        Optional<Compiled> program =
                program(cel, expression, SimpleType.BOOL, path + ".rule", rule.path("rule"), schema, errors);
        Optional<Compiled> message = computed.isEmpty()
                ? Optional.empty()
                : program(
                        cel,
                        computed,
                        SimpleType.STRING,
                        path + ".messageExpression",
                        rule.path("messageExpression"),
                        schema,
                        errors);
        return errors.size() > before || program.isEmpty()
                ? null
                : new ValidationRule(rule, program.get(), message.orElse(null), transition);
    }

    private static Cel environment(JsonNode schema, boolean root, boolean optionalOld) {
        SchemaTypes types = new SchemaTypes();
        CelType self = types.of(schema, root);
        CelBuilder builder = CelFactory.standardCelBuilder()
                .setOptions(OPTIONS)
                .setTypeProvider(types.provider())
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addVar("self", self)
                .addVar("oldSelf", optionalOld ? OptionalType.create(self) : self)
                .addFunctionDeclarations(KubernetesFunctions.declarations())
                .addFunctionBindings(KubernetesFunctions.bindings())
                .addFunctionDeclarations(KUBERNETES.declarations())
                .addFunctionBindings(KUBERNETES.bindings());
        return builder.addCompilerLibraries(
                        CelExtensions.strings(),
                        CelExtensions.sets(OPTIONS),
                        CelExtensions.optional(),
                        CelExtensions.bindings())
                .addRuntimeLibraries(CelExtensions.strings(), CelExtensions.sets(OPTIONS), CelExtensions.optional())
                .build();
    }

    /**
     * An expression that can be evaluated.
     *
     * @param cost of one evaluation, at most
     * @param free steps that cost nothing
     */
    record Compiled(CelRuntime.Program program, long cost, Set<Long> free) {
        /** Its value; what it costs is counted, and ends it when it is too much. */
        Object evaluate(Map<String, Object> variables, RunningCost counted) throws CelEvaluationException {
            return program.trace(variables, counted);
        }

        RunningCost counted() {
            return new RunningCost(free);
        }
    }

    private static Optional<Compiled> program(
            Cel cel,
            String text,
            CelType result,
            String path,
            JsonNode shown,
            JsonNode schema,
            List<FieldError> errors) {
        String why;
        try {
            CelAbstractSyntaxTree tree = cel.compile(text).getAst();
            if (tree.getResultType().equals(result) || tree.getResultType().equals(SimpleType.DYN)) {
                return Optional.of(
                        new Compiled(cel.createProgram(tree), RuleCost.of(tree, schema), FreeSteps.of(tree.getExpr())));
            }
            why = "cel expression must evaluate to a " + result.name();
        } catch (CelValidationException | CelEvaluationException e) {
            why = "compilation failed: " + String.valueOf(e.getMessage()).strip();
        }
        errors.add(FieldError.invalid(path, shown.toString(), why));
        return Optional.empty();
    }
}
