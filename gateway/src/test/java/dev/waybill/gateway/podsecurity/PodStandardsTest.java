package dev.waybill.gateway.podsecurity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The standards on single pods; expected sentences are those of Kubernetes. */
class PodStandardsTest {
    private static final String HARDENED =
            "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, "
                    + "containers: [{name: c, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]";

    @Test
    void aPlainPodPassesTheBaselineAndIsToldWhatRestrictedWants() {
        String spec = "containers: [{name: c}]";
        assertThat(sentence("baseline", "latest", spec)).isEmpty();
        assertThat(sentence("restricted", "latest", spec))
                .isEqualTo("allowPrivilegeEscalation != false (container \"c\" must set"
                        + " securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\""
                        + " must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or"
                        + " container \"c\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or"
                        + " container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or"
                        + " \"Localhost\")");
        assertThat(sentence("restricted", "latest", HARDENED)).isEmpty();
    }

    @Test
    void severalContainersAreNamedInTheOrderInitMainEphemeral() {
        String bad = "securityContext: {privileged: true}";
        assertThat(sentence(
                        "baseline",
                        "latest",
                        "containers: [{name: c, " + bad + "}], initContainers: [{name: i, " + bad
                                + "}], ephemeralContainers: [{name: e, " + bad + "}]"))
                .isEqualTo("privileged (containers \"i\", \"c\", \"e\" must not set securityContext.privileged=true)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            hostNetwork: true, hostPID: true | host namespaces (hostNetwork=true, hostPID=true)
            volumes: [{name: a, hostPath: {path: /}}, {name: b, hostPath: {path: /}}] | hostPath volumes (volumes "a", "b")
            containers: [{name: c, ports: [{hostPort: 80}, {hostPort: 443}]}] | hostPort (container "c" uses hostPorts 443, 80)
            containers: [{name: c, livenessProbe: {httpGet: {host: h}}}] | probe or lifecycle host (container "c" uses probe or lifecycle host "h")
            containers: [{name: c, securityContext: {procMount: Unmasked}}] | procMount (container "c" must not set securityContext.procMount to "Unmasked")
            containers: [{name: c, securityContext: {capabilities: {add: [SYS_ADMIN, CHOWN]}}}] | non-default capabilities (container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)
            securityContext: {seccompProfile: {type: Unconfined}} | seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")
            securityContext: {sysctls: [{name: kernel.msgmax}, {name: net.ipv4.tcp_rmem}]} | forbidden sysctls (kernel.msgmax)
            securityContext: {seLinuxOptions: {type: spc_t, user: u, role: r}} | seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)
            securityContext: {appArmorProfile: {type: Unconfined}} | forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")
            securityContext: {windowsOptions: {hostProcess: true}} | hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)
            """)
    void theBaselineForbids(String spec, String violation) {
        assertThat(sentence("baseline", "latest", spec)).isEqualTo(violation);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            volumes: [{name: n, nfs: {server: s}}] | restricted volume types (volume "n" uses restricted volume type "nfs")
            securityContext: {runAsUser: 0} | runAsUser=0 (pod must not set runAsUser=0)
            securityContext: {runAsNonRoot: false} | runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)
            containers: [{name: c, securityContext: {capabilities: {add: [CHOWN]}}}] | container "c" must not include "CHOWN" in securityContext.capabilities.add
            """)
    void restrictedForbidsMore(String spec, String violation) {
        assertThat(sentence("baseline", "latest", spec)).isEmpty();
        assertThat(sentence("restricted", "latest", spec)).contains(violation);
    }

    @Test
    void restrictedSaysItsOwnInsteadOfTheBaselinesWords() {
        assertThat(sentence("restricted", "latest", "volumes: [{name: a, hostPath: {path: /}}]"))
                .isEqualTo("restricted volume types (volume \"a\" uses restricted volume type \"hostPath\")");
    }

    @Test
    void aStandardIsThatOfItsVersion() {
        String probing = "containers: [{name: c, livenessProbe: {httpGet: {host: h}}}]";
        assertThat(sentence("baseline", "v1.33", probing)).isEmpty();
        assertThat(sentence("baseline", "v1.34", probing)).isNotEmpty();
        String buffers = "securityContext: {sysctls: [{name: net.ipv4.tcp_rmem}]}";
        assertThat(sentence("baseline", "v1.31", buffers)).contains("tcp_rmem");
        assertThat(sentence("baseline", "v1.32", buffers)).isEmpty();
        assertThat(sentence("restricted", "v1.7", "containers: [{name: c}]")).startsWith("runAsNonRoot");
        assertThat(sentence("restricted", "v1.99", HARDENED)).isEmpty();
    }

    @Test
    void usersOfThePodsOwnMayBeRootInside() {
        String spec = "hostUsers: false, containers: [{name: c, securityContext: {runAsUser: 0, procMount: Unmasked}}]";
        assertThat(sentence("baseline", "latest", spec)).isEmpty();
        assertThat(sentence("restricted", "latest", spec)).doesNotContain("runAs");
        assertThat(sentence("restricted", "v1.34", spec)).contains("runAsUser=0", "procMount");
    }

    @Test
    void annotationsThatReachIntoTheNodeAreAsBadAsPrivileged() {
        JsonNode metadata = yaml("annotations: {waybill.dev/pids-limit: '5', waybill.dev/device: '/dev/kvm',"
                + " c.waybill.dev/device-cgroup-rule: 'a *:* rwm', waybill.dev/oom-kill-disable: 'false'}");
        List<Violation> violations = PodStandards.violations(standard("baseline", "latest"), metadata, Json.object());
        assertThat(Violation.sentence(violations))
                .isEqualTo("node's own resources (pod must not set annotations \"c.waybill.dev/device-cgroup-rule\","
                        + " \"waybill.dev/device\")");
        assertThat(PodStandards.violations(standard("privileged", "latest"), metadata, Json.object()))
                .isEmpty();
    }

    @Test
    void aChangeCountsWhenItBringsCodeOrReachesIntoTheNode() {
        JsonNode pod = yaml("{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}");
        assertThat(PodStandards.concerns(yaml("{spec: {containers: [{name: c, image: i}]}}"), pod))
                .isFalse();
        assertThat(PodStandards.concerns(yaml("{spec: {containers: [{name: c, image: j}]}}"), pod))
                .isTrue();
        assertThat(PodStandards.concerns(
                        yaml("{metadata: {annotations: {waybill.dev/device: x}},"
                                + " spec: {containers: [{name: c, image: i}]}}"),
                        pod))
                .isTrue();
    }

    @Test
    void labelsSayWhatIsEnforcedAndWarnFollows() {
        NamespacePolicy policy = NamespacePolicy.of(Map.of(
                "pod-security.kubernetes.io/enforce", "baseline",
                "pod-security.kubernetes.io/enforce-version", "v1.30",
                "pod-security.kubernetes.io/audit", "restricted"));
        assertThat(policy.enforce()).hasToString("baseline:v1.30");
        assertThat(policy.warn()).hasToString("baseline:v1.30");
        assertThat(policy.audit()).hasToString("restricted:latest");
        assertThat(NamespacePolicy.of(Map.of("a", "b")).enforce()).hasToString("privileged:latest");
    }

    @Test
    void unreadableLabelsAreRestrictedWhereEnforcedAndNothingWhereTheyWarn() {
        NamespacePolicy policy = NamespacePolicy.of(Map.of(
                "pod-security.kubernetes.io/enforce", "Baseline",
                "pod-security.kubernetes.io/warn", "",
                "pod-security.kubernetes.io/warn-version", "1.30"));
        assertThat(policy.enforce().level()).isEqualTo(Level.RESTRICTED);
        assertThat(policy.warn().level()).isEqualTo(Level.PRIVILEGED);
        assertThat(policy.errors())
                .extracting(error -> error.sentence())
                .containsExactly(
                        "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"Baseline\": must be one of"
                                + " privileged, baseline, restricted",
                        "metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: \"\": must be one of"
                                + " privileged, baseline, restricted",
                        "metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: \"1.30\": must be"
                                + " \"latest\" or \"v1.x\"");
    }

    private static String sentence(String level, String version, String spec) {
        return Violation.sentence(
                PodStandards.violations(standard(level, version), Json.object(), yaml("{" + spec + "}")));
    }

    private static Standard standard(String level, String version) {
        return NamespacePolicy.of(Map.of(
                        "pod-security.kubernetes.io/enforce", level,
                        "pod-security.kubernetes.io/enforce-version", version))
                .enforce();
    }

    private static JsonNode yaml(String text) {
        return JsonMapper.shared().valueToTree(new Yaml().load(text.startsWith("{") ? text : "{" + text + "}"));
    }
}
