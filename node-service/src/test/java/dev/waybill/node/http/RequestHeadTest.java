package dev.waybill.node.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequestHeadTest {
    @Test
    void methodPathQueryAndHeaders() throws Exception {
        ByteArrayInputStream in = in("""
                GET /exec/shop/web/main?command=sh&command=-c&command=echo+a%26b&input=1&tty=0 HTTP/1.1\r
                Host: node\r
                X-Stream-Protocol-Version: v4.channel.k8s.io\r
                x-stream-protocol-version: v3.channel.k8s.io, v2.channel.k8s.io\r
                \r
                what follows""");
        RequestHead head = RequestHead.read(in).orElseThrow();
        assertThat(head.method()).isEqualTo("GET");
        assertThat(head.segments()).containsExactly("exec", "shop", "web", "main");
        assertThat(head.parameters("command")).containsExactly("sh", "-c", "echo a&b");
        assertThat(head.flag("input")).isTrue();
        assertThat(head.flag("tty")).isFalse();
        assertThat(head.flag("output")).isFalse();
        assertThat(head.list("x-stream-protocol-version"))
                .containsExactly("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io");
        assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("what follows");
    }

    @Test
    void nothingAtAllIsNoRequest() throws Exception {
        assertThat(RequestHead.read(in(""))).isEqualTo(Optional.empty());
    }

    @Test
    void whatIsNoRequestIsRefused() {
        for (String text : List.of(
                "hello\r\n\r\n",
                "GET /\r\n\r\n",
                "GET / SMTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nno header\r\n\r\n",
                "GET / HTTP/1.1\r\nX: " + "a".repeat(70_000),
                "G".repeat(70_000))) {
            assertThatThrownBy(() -> RequestHead.read(in(text)))
                    .as(text.substring(0, Math.min(30, text.length())))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static ByteArrayInputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
