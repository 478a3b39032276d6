package dev.waybill.node.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SeccompProfileTest {
    private static final String ALLOW = "SCMP_ACT_ALLOW";

    private static Set<String> names(JsonNode profile, String action, int errno) {
        return profile.path("syscalls")
                .valueStream()
                .filter(call -> call.path("action").asString("").equals(action)
                        && call.path("errnoRet").asInt(0) == errno)
                .flatMap(call -> call.path("names").valueStream())
                .map(name -> name.asString(""))
                .collect(Collectors.toSet());
    }

    @Test
    void theNodesOwnProfileDeniesByDefaultAndFollowsCapabilities() {
        JsonNode plain = SeccompProfile.runtimeDefault().of(Set.copyOf(Capabilities.DEFAULT), "amd64");
        assertThat(plain.path("defaultAction").asString("")).isEqualTo("SCMP_ACT_ERRNO");
        assertThat(plain.path("architectures").toString())
                .isEqualTo("[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]");
        assertThat(names(plain, ALLOW, 0))
                .contains("openat", "clone", "execve", "chroot")
                .doesNotContain("mount", "bpf");
        assertThat(names(plain, "SCMP_ACT_ERRNO", 1)).contains("mount", "unshare", "setns", "keyctl", "bpf");
        JsonNode admin = SeccompProfile.runtimeDefault().of(Set.of("CAP_SYS_ADMIN"), "amd64");
        assertThat(names(admin, ALLOW, 0))
                .contains("mount", "unshare", "bpf", "clone3")
                .doesNotContain("keyctl", "chroot");
    }

    @Test
    void noCallIsBothAllowedAndRefused() {
        for (Set<String> capabilities : Set.of(
                Set.copyOf(Capabilities.DEFAULT), Set.copyOf(Capabilities.ALL), Set.<String>of(), Set.of("CAP_BPF"))) {
            JsonNode profile = SeccompProfile.runtimeDefault().of(capabilities, "arm64");
            Set<String> refused = names(profile, "SCMP_ACT_ERRNO", 1);
            refused.addAll(names(profile, "SCMP_ACT_ERRNO", 38));
            assertThat(names(profile, ALLOW, 0)).doesNotContainAnyElementsOf(refused);
        }
    }

    @Test
    void anArchitectureHasCallsOfItsOwn() {
        assertThat(names(SeccompProfile.runtimeDefault().of(Set.of(), "amd64"), ALLOW, 0))
                .contains("modify_ldt");
        JsonNode arm = SeccompProfile.runtimeDefault().of(Set.of(), "arm64");
        assertThat(names(arm, ALLOW, 0)).contains("sync_file_range2").doesNotContain("modify_ldt");
        assertThat(arm.path("architectures").toString()).isEqualTo("[\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_ARM\"]");
    }

    @Test
    void whatIsWrongWithAProfileIsNamed() {
        assertThatThrownBy(() -> parse("[]")).hasMessage("a profile is an object");
        assertThatThrownBy(() -> parse("{")).hasMessageStartingWith("not JSON");
        assertThatThrownBy(() -> parse("{\"defaultAction\": \"SCMP_ACT_LOG\", \"syscalls\": [{\"action\": \"x\"}]}"))
                .hasMessage("syscalls[0].names: required");
    }

    private static SeccompProfile parse(String text) {
        return SeccompProfile.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
