package dev.waybill.gateway;

import dev.waybill.gateway.auth.ClusterCertificates;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A node's server as the gateway sees it: ports of its pods are this machine's, other paths are said back. */
final class FakeNode implements Closeable {
    private final SSLServerSocket server;

    FakeNode(ClusterCertificates certificates) throws IOException {
        server = (SSLServerSocket) certificates
                .clientContext("node")
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setNeedClientAuth(true);
        Thread.ofVirtual().name("fake-node").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                SSLSocket socket = (SSLSocket) server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private static void serve(SSLSocket socket) {
        try (socket) {
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
            String head = head(in);
            String target = head.split(" ", 3)[1];
            if (!target.startsWith("/portForward/default/box?ports=")) {
                answer(socket, 200, target);
                return;
            }
            try (Socket port = new Socket(
                    InetAddress.getLoopbackAddress(), Integer.parseInt(target.substring(target.indexOf('=') + 1)))) {
                socket.getOutputStream()
                        .write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                Thread.ofVirtual().start(() -> pass(in, port));
                port.getInputStream().transferTo(socket.getOutputStream());
            } catch (java.net.ConnectException e) {
                answer(socket, 500, "error forwarding port: " + e.getMessage());
            }
        } catch (IOException e) {
            // The gateway is gone.
        }
    }

    private static void pass(InputStream in, Socket port) {
        try (port) {
            in.transferTo(port.getOutputStream());
        } catch (IOException e) {
            // One of the ends is gone.
        }
    }

    private static void answer(Socket socket, int status, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(("HTTP/1.1 " + status + " Said\r\nConnection: close\r\nContent-Length: " + text.length() + "\r\n\r\n"
                        + text)
                .getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** A request's head, up to its empty line. */
    static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the head is not whole");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
