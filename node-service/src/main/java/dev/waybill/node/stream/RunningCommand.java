package dev.waybill.node.stream;

import java.io.InputStream;
import java.io.OutputStream;

/** A process in a container whose streams are here. Streams may be used by different threads. */
public interface RunningCommand extends AutoCloseable {
    /** Closing it ends the process's input. */
    OutputStream stdin();

    InputStream stdout();

    InputStream stderr();

    void resize(TerminalSize size);

    /** Waits for the end. */
    CommandStatus await() throws InterruptedException;

    /** Ends it: its client is gone. */
    void abandon();

    /** Frees what it held; it has ended. */
    @Override
    void close();
}
