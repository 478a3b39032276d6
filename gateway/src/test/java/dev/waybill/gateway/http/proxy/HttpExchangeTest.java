package dev.waybill.gateway.http.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.gateway.http.proxy.HttpExchange.Answer;
import dev.waybill.gateway.http.proxy.HttpExchange.Header;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes over the wire, and what may come. */
class HttpExchangeTest {
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    @Test
    void aRequestKeepsWhatPassesAndSaysHowLongItIs() throws IOException {
        List<Header> headers = List.of(new Header("Host", "pod:80"), new Header("Content-Length", "9"));
        exchange("").send("POST", "/a?b=c", headers, bytes("body"), 4);
        assertThat(sent.toString(StandardCharsets.UTF_8))
                .isEqualTo(
                        "POST /a?b=c HTTP/1.1\r\nConnection: close\r\nHost: pod:80\r\nContent-Length: 4\r\n\r\nbody");
        sent.reset();
        exchange("").send("PUT", "/", List.of(), bytes("0123456789abcdef0"), -1);
        assertThat(sent.toString(StandardCharsets.UTF_8))
                .endsWith("Transfer-Encoding: chunked\r\n\r\n11\r\n0123456789abcdef0\r\n0\r\n\r\n");
        sent.reset();
        exchange("").send("GET", "/", List.of(), bytes(""), 0);
        assertThat(sent.toString(StandardCharsets.UTF_8)).isEqualTo("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
        assertThat(HttpExchange.passes("Accept")).isTrue();
        assertThat(HttpExchange.passes("TRANSFER-Encoding")).isFalse();
    }

    @Test
    void anAnswerEndsWhereItSaysItDoes() throws IOException {
        Answer known = exchange(
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\nabcdef")
                .answer("GET");
        assertThat(known.status()).isEqualTo(200);
        assertThat(known.headers()).contains(new Header("X", "y"));
        assertThat(known.body().readAllBytes()).asString().isEqualTo("abc");
        assertThat(exchange(
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\nrest")
                        .answer("GET")
                        .body()
                        .readAllBytes())
                .asString()
                .isEqualTo("abcde");
        assertThat(exchange("HTTP/1.0 404 Not Found\n\nuntil the end")
                        .answer("GET")
                        .body()
                        .readAllBytes())
                .asString()
                .isEqualTo("until the end");
        assertThat(exchange("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
                        .answer("HEAD")
                        .body()
                        .read())
                .isEqualTo(-1);
        assertThat(exchange("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                        .answer("GET")
                        .body()
                        .read())
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0\r\n",
                "",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"
            })
    void whatIsNoAnswerIsAnError(String answer) {
        assertThatThrownBy(() -> exchange(answer).answer("GET")).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 9\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n9\r\nabc"})
    void whatEndsTooSoonIsAnError(String rest) throws IOException {
        Answer answer = exchange("HTTP/1.1 200 OK\r\n" + rest).answer("GET");
        assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(EOFException.class);
    }

    private HttpExchange exchange(String answer) {
        return new HttpExchange(bytes(answer), sent);
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
