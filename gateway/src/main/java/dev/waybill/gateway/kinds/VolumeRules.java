package dev.waybill.gateway.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Defaults and checks of a pod's volumes. Stateless. */
final class VolumeRules {
    /** 0644, the default mode of projected files. */
    private static final int DEFAULT_MODE = 420;

    private static final int TOKEN_SECONDS = 3_600;
    private static final int SHORTEST_TOKEN_SECONDS = 600;

    private static final Map<String, String> NAME_FIELD =
            Map.of("configMap", "name", "secret", "secretName", "persistentVolumeClaim", "claimName");

    private VolumeRules() {}

    static void defaults(ObjectNode volume) {
        if (volume.size() <= 1 && volume.has("name")) {
            volume.putObject("emptyDir");
        }
        for (String source : List.of("configMap", "secret", "downwardAPI", "projected")) {
            if (volume.get(source) instanceof ObjectNode present) {
                Json.defaultNumber(present, "defaultMode", DEFAULT_MODE);
            }
        }
        for (JsonNode source : volume.path("projected").path("sources")) {
            if (source.get("serviceAccountToken") instanceof ObjectNode token) {
                Json.defaultNumber(token, "expirationSeconds", TOKEN_SECONDS);
            }
        }
        if (volume.get("hostPath") instanceof ObjectNode hostPath) {
            Json.defaultText(hostPath, "type", "");
        }
    }

    /** Gives the names of the volumes. */
    static Set<String> validate(JsonNode volumes, String path, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode volume : volumes) {
            String at = path + "[" + index++ + "]";
            String name = Json.text(volume, "name");
            if (name.isEmpty()) {
                errors.add(FieldError.required(at + ".name", ""));
            } else {
                String wrong = Syntax.dnsLabel(name);
                if (wrong != null) {
                    errors.add(FieldError.invalid(at + ".name", Syntax.quoted(name), wrong));
                }
                if (!names.add(name)) {
                    errors.add(FieldError.duplicate(at + ".name", name));
                }
            }
            long sources = volume.properties().stream()
                    .filter(entry ->
                            !entry.getKey().equals("name") && entry.getValue().isObject())
                    .count();
            if (sources == 0) {
                errors.add(FieldError.required(at, "must specify a volume type"));
            } else if (sources > 1) {
                errors.add(FieldError.forbidden(at, "may not specify more than 1 volume type"));
            }
            tokens(volume.path("projected").path("sources"), at + ".projected.sources", errors);
            NAME_FIELD.forEach((source, field) -> {
                if (volume.path(source).isObject()
                        && Json.text(volume.path(source), field).isEmpty()) {
                    errors.add(FieldError.required(at + "." + source + "." + field, ""));
                }
            });
        }
        return names;
    }

    private static void tokens(JsonNode sources, String path, List<FieldError> errors) {
        int index = 0;
        for (JsonNode source : sources) {
            String at = path + "[" + index++ + "].serviceAccountToken";
            JsonNode token = source.path("serviceAccountToken");
            if (!token.isObject()) {
                continue;
            }
            long seconds = Json.number(token, "expirationSeconds", 0);
            if (seconds < SHORTEST_TOKEN_SECONDS || seconds > 1L << 32) {
                errors.add(FieldError.invalid(
                        at + ".expirationSeconds",
                        String.valueOf(seconds),
                        seconds < SHORTEST_TOKEN_SECONDS
                                ? "may not specify a duration less than 10 minutes"
                                : "may not specify a duration larger than 2^32 seconds"));
            }
            String file = Json.text(token, "path");
            if (file.isEmpty()) {
                errors.add(FieldError.required(at + ".path", ""));
            } else if (file.startsWith("/")) {
                errors.add(FieldError.invalid(at + ".path", Syntax.quoted(file), "must be a relative path"));
            } else if (List.of(file.split("/", -1)).contains("..") || file.startsWith("..")) {
                errors.add(FieldError.invalid(at + ".path", Syntax.quoted(file), "must not contain '..'"));
            }
        }
    }
}
