package dev.waybill.gateway.http.stream;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Bytes both ways. One thread reads, one writes, any closes. */
public interface Connection extends Closeable {
    InputStream input() throws IOException;

    OutputStream output() throws IOException;

    /** The same connection when what came first has been read by somebody else already. */
    default Connection from(InputStream rest) {
        Connection whole = this;
        return new Connection() {
            @Override
            public InputStream input() {
                return rest;
            }

            @Override
            public OutputStream output() throws IOException {
                return whole.output();
            }

            @Override
            public void close() throws IOException {
                whole.close();
            }
        };
    }
}
