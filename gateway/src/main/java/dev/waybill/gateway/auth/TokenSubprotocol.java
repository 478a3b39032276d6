package dev.waybill.gateway.auth;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A bearer token among the subprotocols that a WebSocket is asked for with: a browser's program cannot set the header
 * that tokens otherwise come in (k8s.io/apiserver/pkg/authentication/request/websocket). Stateless.
 */
public final class TokenSubprotocol {
    private static final String HEADER = "Sec-WebSocket-Protocol";
    private static final String PREFIX = "base64url.bearer.authorization.k8s.io.";

    private TokenSubprotocol() {}

    /** Whether a request asks for a WebSocket. */
    public static boolean isWebSocket(HttpServletRequest request) {
        return "websocket".equalsIgnoreCase(request.getHeader("Upgrade"));
    }

    /** Whether a request has such a token, good or bad. */
    static boolean isIn(HttpServletRequest request) {
        return isWebSocket(request) && offered(request).stream().anyMatch(protocol -> protocol.startsWith(PREFIX));
    }

    /** The token; empty when there are several, when it is not well written, and when nothing is left to agree on. */
    static Optional<String> token(HttpServletRequest request) {
        List<String> tokens = offered(request).stream()
                .filter(protocol -> protocol.startsWith(PREFIX))
                .toList();
        if (tokens.size() != 1 || others(request).isEmpty()) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(tokens.getFirst().substring(PREFIX.length()));
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** The subprotocols that the client speaks, its favourite first; none is the token. */
    public static List<String> others(HttpServletRequest request) {
        return offered(request).stream()
                .filter(protocol -> !protocol.startsWith(PREFIX))
                .toList();
    }

    private static List<String> offered(HttpServletRequest request) {
        return Collections.list(request.getHeaders(HEADER)).stream()
                .flatMap(line -> Arrays.stream(line.split(",", -1)))
                .map(String::strip)
                .filter(protocol -> !protocol.isEmpty())
                .toList();
    }
}
