package dev.waybill.gateway.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** The fields and sentences are those of Kubernetes' validation. */
class SecurityRulesTest {

    /** What is wrong with a pod of one container, as {@code field: type: value: detail}. */
    private static List<String> errors(String spec, String context) {
        ObjectNode pod = (ObjectNode) Json.parse("""
                {"spec": {%s "containers": [{"name": "c", "image": "i", "securityContext": {%s}}]}}""".formatted(spec, context).replace('\'', '"'));
        PodRules rules = new PodRules();
        rules.defaults(pod);
        List<FieldError> errors = new ArrayList<>();
        rules.validate(pod, null, errors);
        return errors.stream()
                .map(error -> error.field() + ": " + error.message())
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "'type': 'RuntimeDefault' | ",
                "'type': 'Unconfined' | ",
                "'type': 'Localhost', 'localhostProfile': 'team/a.json' | ",
                "'type': '' | type: Required value: type is required when seccompProfile is set",
                "'type': 'Mine' | type: Unsupported value: \"Mine\": supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\"",
                "'type': 'Localhost' | localhostProfile: Required value: must be set when seccomp type is Localhost",
                "'type': 'Localhost', 'localhostProfile': '/etc/a' | localhostProfile: Invalid value: \"/etc/a\": must be a relative path",
                "'type': 'Localhost', 'localhostProfile': 'a/../../b' | localhostProfile: Invalid value: \"a/../../b\": must not contain '..'",
                "'type': 'Unconfined', 'localhostProfile': 'a' | can only be set when seccomp type is Localhost",
            })
    void seccompProfiles(String profile, String wrong) {
        String field = "'seccompProfile': {" + profile + "}";
        List<String> ofContainer = errors("", field);
        List<String> ofPod = errors("'securityContext': {" + field + "},", "");
        if (wrong == null) {
            assertThat(ofContainer).isEmpty();
            assertThat(ofPod).isEmpty();
        } else {
            assertThat(ofContainer)
                    .singleElement()
                    .asString()
                    .startsWith("spec.containers[0].securityContext.seccompProfile.")
                    .contains(wrong);
            assertThat(ofPod)
                    .singleElement()
                    .asString()
                    .startsWith("spec.securityContext.seccompProfile.")
                    .contains(wrong);
        }
    }

    @Test
    void ownUsersExcludeTheMachinesNamespaces() {
        assertThat(errors("'hostUsers': false, 'hostNetwork': true, 'hostPID': true, 'hostIPC': true,", ""))
                .containsExactly(
                        "spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false",
                        "spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false",
                        "spec.HostIPC: Forbidden: when `pod.Spec.HostUsers` is false");
        assertThat(errors("'hostUsers': false, 'shareProcessNamespace': true,", ""))
                .isEmpty();
        assertThat(errors("'hostPID': true, 'shareProcessNamespace': true,", ""))
                .containsExactly("spec.securityContext.shareProcessNamespace: Invalid value: true: "
                        + "ShareProcessNamespace and HostPID cannot both be enabled");
    }

    @Test
    void anUnmaskedProcNeedsOwnUsers() {
        assertThat(errors("", "'procMount': 'Unmasked'"))
                .containsExactly("spec.containers[0].securityContext.procMount: Invalid value: \"Unmasked\": "
                        + "`hostUsers` must be false to use `Unmasked`");
        assertThat(errors("'hostUsers': false,", "'procMount': 'Unmasked'")).isEmpty();
        assertThat(errors("", "'procMount': 'None'"))
                .containsExactly("spec.containers[0].securityContext.procMount: Unsupported value: \"None\": "
                        + "supported values: \"Default\", \"Unmasked\"");
    }

    @Test
    void privilegeContradictsItsRefusal() {
        assertThat(errors("", "'privileged': true, 'allowPrivilegeEscalation': false"))
                .singleElement()
                .asString()
                .endsWith("cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        assertThat(errors("", "'capabilities': {'add': ['CAP_SYS_ADMIN']}, 'allowPrivilegeEscalation': false"))
                .singleElement()
                .asString()
                .endsWith("cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
        assertThat(errors("", "'runAsUser': -1"))
                .containsExactly("spec.containers[0].securityContext.runAsUser: Invalid value: -1: "
                        + "must be between 0 and 2147483647, inclusive");
    }

    @Test
    void sysctlsHaveNamesAndTheirOwnNamespace() {
        String pod = "'securityContext': {'sysctls': [{'name': '%s', 'value': '1'}]},";
        assertThat(errors(pod.formatted("net.core.somaxconn"), "")).isEmpty();
        assertThat(errors(pod.formatted("net/ipv4/conf/eth0.1/forwarding"), "")).isEmpty();
        assertThat(errors(pod.formatted("net..core"), ""))
                .singleElement()
                .asString()
                .contains("must have at most 253 characters and match regex");
        assertThat(errors("'hostNetwork': true," + pod.formatted("net.core.somaxconn"), ""))
                .containsExactly("spec.securityContext.sysctls[0].name: Invalid value: \"net.core.somaxconn\": "
                        + "may not be specified when 'hostNetwork' is true");
        assertThat(errors("'hostIPC': true," + pod.formatted("kernel.shmmax"), ""))
                .singleElement()
                .asString()
                .endsWith("may not be specified when 'hostIPC' is true");
        assertThat(errors("'securityContext': {'sysctls': [{'name': 'a.b'}, {'name': 'a/b'}]},", ""))
                .singleElement()
                .asString()
                .contains("Duplicate value");
    }
}
