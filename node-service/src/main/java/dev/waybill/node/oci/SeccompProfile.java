package dev.waybill.node.oci;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A seccomp profile as data: the runtime-spec's {@code linux.seccomp}, in which an entry may also say for which
 * capabilities and architectures it holds ({@code includes}, {@code excludes}, as in the OCI engines' own profiles).
 * Immutable.
 */
public final class SeccompProfile {
    private static final String RESOURCE = "/seccomp/runtime-default.json";

    /** What is taken over as it is. */
    private static final Set<String> PLAIN =
            Set.of("defaultAction", "defaultErrnoRet", "architectures", "flags", "listenerPath", "listenerMetadata");

    private static final Map<String, String> NATIVE = Map.of(
            "amd64", "SCMP_ARCH_X86_64",
            "arm64", "SCMP_ARCH_AARCH64",
            "s390x", "SCMP_ARCH_S390X",
            "ppc64le", "SCMP_ARCH_PPC64LE",
            "riscv64", "SCMP_ARCH_RISCV64");

    private final JsonNode json;

    private SeccompProfile(JsonNode json) {
        this.json = json;
    }

    /** The node's own profile. */
    public static SeccompProfile runtimeDefault() {
        return Default.PROFILE;
    }

    /**
     * Reads a profile.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static SeccompProfile parse(byte[] text) {
        JsonNode json;
        try {
            json = new JsonMapper().readTree(text);
        } catch (tools.jackson.core.JacksonException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
        if (!json.isObject()) {
            throw new IllegalArgumentException("a profile is an object");
        }
        if (json.path("defaultAction").asString("").isEmpty()) {
            throw new IllegalArgumentException("defaultAction: required");
        }
        int index = 0;
        for (JsonNode entry : json.path("syscalls")) {
            String at = "syscalls[" + index++ + "].";
            if (!entry.path("names").isArray() || entry.path("names").isEmpty()) {
                throw new IllegalArgumentException(at + "names: required");
            }
            if (entry.path("action").asString("").isEmpty()) {
                throw new IllegalArgumentException(at + "action: required");
            }
        }
        return new SeccompProfile(json);
    }

    /** What the runtime gets, for a process that may have these capabilities. */
    ObjectNode of(Set<String> capabilities, String architecture) {
        ObjectNode seccomp = JsonNodeFactory.instance.objectNode();
        json.properties().forEach(entry -> {
            if (PLAIN.contains(entry.getKey()) && !entry.getValue().isNull()) {
                seccomp.set(entry.getKey(), entry.getValue());
            }
        });
        for (JsonNode arch : json.path("archMap")) {
            if (arch.path("architecture").asString("").equals(NATIVE.get(architecture))) {
                ArrayNode list = seccomp.putArray("architectures").add(arch.path("architecture"));
                arch.path("subArchitectures").forEach(list::add);
            }
        }
        ArrayNode calls = seccomp.putArray("syscalls");
        for (JsonNode entry : json.path("syscalls")) {
            if (holds(entry, capabilities, architecture)) {
                ObjectNode call = calls.addObject();
                for (String field : List.of("names", "action", "errnoRet")) {
                    if (entry.hasNonNull(field)) {
                        call.set(field, entry.get(field));
                    }
                }
                if (!entry.path("args").isEmpty()) {
                    call.set("args", entry.get("args"));
                }
            }
        }
        return seccomp;
    }

    /** All the capabilities and one of the architectures of {@code includes}, none of {@code excludes}. */
    private static boolean holds(JsonNode entry, Set<String> capabilities, String architecture) {
        JsonNode includes = entry.path("includes");
        JsonNode excludes = entry.path("excludes");
        boolean capable =
                includes.path("caps").valueStream().allMatch(name -> capabilities.contains(name.asString("")));
        boolean suited = includes.path("arches").isEmpty() || names(includes.path("arches"), architecture);
        boolean barred = excludes.path("caps").valueStream().anyMatch(name -> capabilities.contains(name.asString("")));
        return capable && suited && !barred && !names(excludes.path("arches"), architecture);
    }

    private static boolean names(JsonNode list, String name) {
        return list.valueStream().anyMatch(each -> each.asString("").equals(name));
    }

    /** Read when it is first wanted. */
    private static final class Default {
        static final SeccompProfile PROFILE = load();

        private static SeccompProfile load() {
            try (InputStream in = SeccompProfile.class.getResourceAsStream(RESOURCE)) {
                if (in == null) {
                    throw new IllegalStateException(RESOURCE + " is missing");
                }
                return parse(in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + RESOURCE, e);
            }
        }
    }
}
