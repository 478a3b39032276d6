package dev.waybill.gateway.kinds;

import static dev.waybill.gateway.kinds.DeclaredRules.rules;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Jobs and CronJobs (k8s.io/kubernetes/pkg/apis/batch). Stateless. */
final class JobRules {
    private static final List<String> RESTART_POLICIES = List.of("OnFailure", "Never");
    private static final String UID_LABEL = "controller-uid";
    private static final String NAME_LABEL = "job-name";
    private static final String PREFIX = "batch.kubernetes.io/";
    /** The suffix of a CronJob's Jobs has eleven characters, and theirs five for their pods. */
    private static final int MAX_CRON_NAME = 52;

    private JobRules() {}

    static DeclaredRules job() {
        return rules().filled(Templates.defaulted("spec.template"))
                .filled(JobRules::counts)
                .text("spec.completionMode", "NonIndexed")
                .flag("spec.suspend", false)
                .filled(object -> {
                    if (object.get("spec") instanceof ObjectNode spec) {
                        boolean policy = !Json.absent(spec, "podFailurePolicy");
                        Json.defaultText(spec, "podReplacementPolicy", policy ? "Failed" : "TerminatingOrFailed");
                        Json.defaultNumber(
                                spec,
                                "backoffLimit",
                                Json.absent(spec, "backoffLimitPerIndex") ? 6 : Integer.MAX_VALUE);
                    }
                })
                .created(JobRules::selector)
                .status("{}")
                .required("spec")
                .oneOf("spec.completionMode", "Indexed", "NonIndexed")
                .nonNegative(
                        "spec.parallelism",
                        "spec.completions",
                        "spec.backoffLimit",
                        "spec.activeDeadlineSeconds",
                        "spec.ttlSecondsAfterFinished")
                .check(Templates.valid("spec.template", RESTART_POLICIES))
                .check(JobRules::indexed)
                .immutable("spec.selector", "spec.completionMode")
                .check(JobRules::update)
                .selectable("status.successful");
    }

    static DeclaredRules cronJob() {
        return rules().filled(Templates.defaulted("spec.jobTemplate.spec.template"))
                .text("spec.concurrencyPolicy", "Allow")
                .flag("spec.suspend", false)
                .number("spec.successfulJobsHistoryLimit", 3)
                .number("spec.failedJobsHistoryLimit", 1)
                .status("{}")
                .required("spec", "spec.schedule")
                .oneOf("spec.concurrencyPolicy", "Allow", "Forbid", "Replace")
                .nonNegative(
                        "spec.startingDeadlineSeconds",
                        "spec.successfulJobsHistoryLimit",
                        "spec.failedJobsHistoryLimit")
                .check(Templates.valid("spec.jobTemplate.spec.template", RESTART_POLICIES))
                .check(JobRules::schedule);
    }

    private static void counts(ObjectNode object) {
        if (!(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        if (Json.absent(spec, "completions") && Json.absent(spec, "parallelism")) {
            spec.put("completions", 1);
        }
        Json.defaultNumber(spec, "parallelism", 1);
    }

    /** A Job's pods are told from all others by its uid, unless it says how itself. */
    private static void selector(ObjectNode object) {
        if (!(object.get("spec") instanceof ObjectNode spec)
                || spec.path("manualSelector").asBoolean(false)) {
            return;
        }
        String uid = Json.text(object, "metadata", "uid");
        String name = Json.text(object, "metadata", "name");
        ObjectNode labels = Json.child(Json.child(Json.child(spec, "template"), "metadata"), "labels");
        for (String prefix : List.of("", PREFIX)) {
            labels.put(prefix + UID_LABEL, uid).put(prefix + NAME_LABEL, name);
        }
        Json.child(Json.child(spec, "selector"), "matchLabels").put(PREFIX + UID_LABEL, uid);
    }

    private static void indexed(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        if (Json.text(object, "spec", "completionMode").equals("Indexed")
                && Json.absent(object.path("spec"), "completions")) {
            errors.add(FieldError.required("spec.completions", "when completion mode is Indexed"));
        }
    }

    private static void update(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        if (old == null || old.path("spec").path("suspend").asBoolean(false)) {
            return;
        }
        Syntax.immutable(Paths.at(object, "spec.template"), Paths.at(old, "spec.template"), "spec.template", errors);
        if (!Json.text(object, "spec", "completionMode").equals("Indexed")) {
            Syntax.immutable(
                    Paths.at(object, "spec.completions"),
                    Paths.at(old, "spec.completions"),
                    "spec.completions",
                    errors);
        }
    }

    private static void schedule(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        JsonNode spec = object.path("spec");
        String schedule = Json.text(spec, "schedule");
        if (schedule.contains("TZ")) {
            errors.add(FieldError.invalid(
                    "spec.schedule",
                    Syntax.quoted(schedule),
                    "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
        } else if (!schedule.isEmpty()) {
            String wrong = CronSyntax.problem(schedule);
            if (wrong != null) {
                errors.add(FieldError.invalid("spec.schedule", Syntax.quoted(schedule), wrong));
            }
        }
        if (!Json.absent(spec, "timeZone")) {
            try {
                ZoneId.of(Json.text(spec, "timeZone"));
            } catch (DateTimeException e) {
                errors.add(FieldError.invalid(
                        "spec.timeZone",
                        Syntax.quoted(Json.text(spec, "timeZone")),
                        "unknown time zone " + Json.text(spec, "timeZone")));
            }
        }
        if (Json.text(object, "metadata", "name").length() > MAX_CRON_NAME) {
            errors.add(FieldError.invalid(
                    "metadata.name",
                    Syntax.quoted(Json.text(object, "metadata", "name")),
                    "must be no more than 52 characters"));
        }
    }
}
