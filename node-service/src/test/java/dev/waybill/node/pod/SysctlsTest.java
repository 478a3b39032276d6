package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class SysctlsTest {
    private static final List<String> ALLOWED = List.of("net.core.somaxconn", "kernel.msg*", "kernel.panic");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "net.ipv4.tcp_syncookies | {} | ",
                "net/ipv4/tcp_syncookies | {} | ",
                "net.core.somaxconn | {} | ",
                "kernel.msgmax | {} | ",
                "kernel.panic | {} | forbidden sysctl: \"kernel.panic\" not allowlisted",
                "vm.swappiness | {} | forbidden sysctl: \"vm.swappiness\" not allowlisted",
                "net.core.rmem_max | {} | forbidden sysctl: \"net.core.rmem_max\" not allowlisted",
                "net.ipv4.tcp_syncookies | {\"hostNetwork\": true} | forbidden sysctl: \"net.ipv4.tcp_syncookies\" not allowed with host net enabled",
                "kernel.msgmax | {\"hostIPC\": true} | forbidden sysctl: \"kernel.msgmax\" not allowed with host ipc enabled",
            })
    void asTheKubelet(String name, String more, String why) {
        PodSpec pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u", "name": "p"}, "spec": {"securityContext": {"sysctls": [
                   {"name": "%s", "value": "1"}]}, "containers": [{"name": "c", "image": "i"}]%s}}""".formatted(
                        name, more.equals("{}") ? "" : "," + more.substring(1, more.length() - 1))));
        assertThat(Sysctls.forbidden(pod, ALLOWED).orElse(null)).isEqualTo(why);
    }
}
