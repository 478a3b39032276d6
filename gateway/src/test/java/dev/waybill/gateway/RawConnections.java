package dev.waybill.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Connections of an administrator to a gateway below HTTP, as a broken client or a slow one has them. One thread. */
final class RawConnections implements AutoCloseable {
    private final List<Socket> below = new CopyOnWriteArrayList<>();
    private final SSLContext admin;
    private final int port;

    RawConnections(RunningGateway gateway) {
        this.admin = gateway.certificates().clientContext("admin");
        this.port = gateway.port();
    }

    SSLSocket open() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(20));
        below.add(socket);
        return (SSLSocket) admin.getSocketFactory().createSocket(socket, "127.0.0.1", port, true);
    }

    static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    /** As a process that dies: an orderly end of TLS would wait for the other side. */
    @Override
    public void close() throws IOException {
        for (Socket socket : below) {
            socket.close();
        }
    }
}
