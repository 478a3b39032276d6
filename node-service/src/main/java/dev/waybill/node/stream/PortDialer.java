package dev.waybill.node.stream;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Connects to a port as if from within the pod. Thread-safe. */
public interface PortDialer {
    /**
     * A connection in blocking mode.
     *
     * @throws IOException saying what was tried when nobody listens
     */
    SocketChannel dial(int port) throws IOException;
}
