package dev.waybill.gateway.http.stream;

import dev.waybill.runtime.AnyCertificate;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A connection to a node over mutual TLS, whose name is verified. */
public final class NodeSocket implements Connection {
    private static final int CONNECT_MILLIS = 5_000;

    /** A program that speaks something else may wait for more. */
    private static final int HANDSHAKE_MILLIS = 10_000;

    private static final int BUFFER_BYTES = 32 << 10;

    private final SSLSocket socket;
    private final InputStream in;

    private NodeSocket(SSLSocket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
    }

    public static NodeSocket open(SSLContext tls, NodeEndpoint node) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket();
        try {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.connect(new InetSocketAddress(node.host(), node.port()), CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            return new NodeSocket(socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** How long something is waited for; 0 for ever. */
    void patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /** TLS of somebody else's within this connection, whoever that is. Nothing of his may have been read yet. */
    Connection securedWithin(String host, int port) throws IOException {
        SSLSocket within =
                (SSLSocket) AnyCertificate.context().getSocketFactory().createSocket(socket, host, port, true);
        try {
            patience(HANDSHAKE_MILLIS);
            within.startHandshake();
            patience(0);
            return new NodeSocket(within);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public InputStream input() {
        return in;
    }

    @Override
    public OutputStream output() throws IOException {
        return socket.getOutputStream();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
