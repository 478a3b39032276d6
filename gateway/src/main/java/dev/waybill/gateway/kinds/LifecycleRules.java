package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Checks of what containers want at their end (validateStopSignal in k8s.io/kubernetes/pkg/apis/core/validation). Stateless. */
final class LifecycleRules {
    private static final List<String> SYSTEMS = List.of("linux", "windows");
    private static final List<String> ON_WINDOWS = List.of("SIGKILL", "SIGTERM");
    private static final List<String> ON_LINUX = Stream.concat(
                    Stream.of(("ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV"
                                    + " STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU"
                                    + " XFSZ RTMIN RTMAX")
                            .split(" ", -1)),
                    Stream.concat(
                            IntStream.rangeClosed(1, 15).mapToObj(above -> "RTMIN+" + above),
                            IntStream.rangeClosed(1, 14).mapToObj(below -> "RTMAX-" + below)))
            .map(name -> "SIG" + name)
            .sorted()
            .toList();

    private LifecycleRules() {}

    static void pod(JsonNode spec, String path, List<FieldError> errors) {
        JsonNode os = spec.path("os");
        if (!os.isObject()) {
            return;
        }
        if (Json.text(os, "name").isEmpty()) {
            errors.add(FieldError.required(path + ".os.name", ""));
        } else {
            Syntax.oneOf(os, "name", path + ".os.name", SYSTEMS, errors);
        }
    }

    /** Which signals there are depends on the system that the pod is for. */
    static void container(JsonNode spec, JsonNode container, String path, List<FieldError> errors) {
        JsonNode lifecycle = container.path("lifecycle");
        if (Json.absent(lifecycle, "stopSignal")) {
            return;
        }
        String at = path + ".lifecycle.stopSignal";
        switch (Json.text(spec.path("os"), "name")) {
            case "" -> errors.add(FieldError.forbidden(at, "may not be set for containers with empty `spec.os.name`"));
            case "linux" -> Syntax.oneOf(lifecycle, "stopSignal", at, ON_LINUX, errors);
            case "windows" -> Syntax.oneOf(lifecycle, "stopSignal", at, ON_WINDOWS, errors);
            default -> {
                // The system's name is refused.
            }
        }
    }
}
