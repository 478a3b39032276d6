package dev.waybill.node.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.Consumer;

/** A client's end of a command: its streams, however they travel. Streams may be used by different threads. */
public interface ClientStreams extends AutoCloseable {
    /** What the client types; ends when it says so or is gone. Empty when it has no stdin. */
    InputStream stdin();

    OutputStream stdout();

    OutputStream stderr();

    /** Called with each new size of the client's terminal, from now on and with the last one known. */
    void onResize(Consumer<TerminalSize> listener);

    /** Called once when the client is gone, at once when it is gone already. */
    void onGone(Runnable listener);

    /** Tells how the command ended, ends all streams and waits a little for the client to have read them. */
    void finish(CommandStatus status) throws IOException;

    @Override
    void close();
}
