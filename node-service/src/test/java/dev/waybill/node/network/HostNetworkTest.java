package dev.waybill.node.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HostNetworkTest {
    @Test
    void aQuotedCommentIsOneWord() {
        assertThat(
                        HostNetwork.words(
                                "-D POSTROUTING -m comment --comment \"CNI portfwd requiring masquerade\" -j CNI-HOSTPORT-MASQ"))
                .containsExactly(
                        "-D",
                        "POSTROUTING",
                        "-m",
                        "comment",
                        "--comment",
                        "CNI portfwd requiring masquerade",
                        "-j",
                        "CNI-HOSTPORT-MASQ");
    }
}
