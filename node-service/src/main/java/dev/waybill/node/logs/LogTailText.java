package dev.waybill.node.logs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** The end of a container's log as its termination message: as with Kubernetes, 80 lines and 2,048 bytes at most. */
public final class LogTailText {
    private static final int LINES = 80;
    private static final int BYTES = 2_048;

    private LogTailText() {}

    /** Empty when there is no log. */
    public static String of(Path log) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            if (!ContainerLog.exists(log)) {
                return "";
            }
            LogOptions options = LogOptions.parse(Map.of("tailLines", Integer.toString(LINES)), Instant.now());
            ContainerLog.copy(log, options, () -> false, text);
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
        byte[] all = text.toByteArray();
        int from = Math.max(0, all.length - BYTES);
        return new String(all, from, all.length - from, StandardCharsets.UTF_8);
    }
}
