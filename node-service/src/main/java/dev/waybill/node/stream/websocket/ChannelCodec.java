package dev.waybill.node.stream.websocket;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** Messages that begin with the number of their channel: one byte and bytes, or one digit and Base64 text. Thread-safe. */
final class ChannelCodec {
    private final WebSocketConnection connection;
    private final boolean base64;

    ChannelCodec(WebSocketConnection connection, String protocol) {
        this.connection = connection;
        this.base64 = protocol.contains("base64");
    }

    int channel(byte[] message) {
        return base64 ? message[0] - '0' : message[0] & 0xff;
    }

    /** What a message carries after its channel. */
    byte[] content(byte[] message) throws IOException {
        byte[] rest = Arrays.copyOfRange(message, 1, message.length);
        try {
            return base64 ? Base64.getDecoder().decode(rest) : rest;
        } catch (IllegalArgumentException e) {
            throw new IOException("a message is not in Base64", e);
        }
    }

    void send(int channel, byte[] bytes, int offset, int length) throws IOException {
        byte[] part = Arrays.copyOfRange(bytes, offset, offset + length);
        if (base64) {
            connection.sendText(
                    (channel + Base64.getEncoder().encodeToString(part)).getBytes(StandardCharsets.US_ASCII));
        } else {
            byte[] message = new byte[length + 1];
            message[0] = (byte) channel;
            System.arraycopy(part, 0, message, 1, length);
            connection.send(message);
        }
    }

    OutputStream output(int channel) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                send(channel, bytes, offset, length);
            }
        };
    }
}
