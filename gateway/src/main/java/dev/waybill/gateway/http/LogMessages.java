package dev.waybill.gateway.http;

import dev.waybill.gateway.http.websocket.OutgoingSocket;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log as the messages of a WebSocket, the first of them empty (k8s.io/apimachinery/pkg/util/httpstream/wsstream). One
 * thread reads the log, any ends it.
 */
final class LogMessages implements OutgoingSocket.Source {
    private static final Logger log = LoggerFactory.getLogger(LogMessages.class);
    private static final String BASE64 = "base64.binary.k8s.io";
    private static final List<String> PROTOCOLS = List.of(BASE64, "binary.k8s.io");
    private static final int BUFFER_BYTES = 16 << 10;

    private final InputStream from;
    private final boolean base64;

    /** @param from the log, which this closes */
    LogMessages(InputStream from, String protocol) {
        this.from = from;
        this.base64 = protocol.equals(BASE64);
    }

    /**
     * The first of a client's subprotocols that is spoken; none for a client that has none, which gets bytes.
     *
     * @throws ApiException 400 when none of them is
     */
    static String protocol(List<String> offered) {
        return offered.isEmpty()
                ? ""
                : offered.stream()
                        .filter(PROTOCOLS::contains)
                        .findFirst()
                        .orElseThrow(
                                () -> ApiException.badRequest("unable to upgrade: logs are sent by the subprotocols "
                                        + String.join(", ", PROTOCOLS)));
    }

    @Override
    public void sendOn(OutgoingSocket socket) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = 0; count >= 0; count = from.read(buffer)) {
            byte[] bytes = Arrays.copyOf(buffer, count);
            if (base64) {
                socket.text(Base64.getEncoder().encodeToString(bytes));
            } else {
                socket.binary(bytes);
            }
            socket.flush();
        }
    }

    @Override
    public void end() {
        try {
            from.close();
        } catch (IOException e) {
            log.debug("closing a log: {}", e.toString());
        }
    }
}
