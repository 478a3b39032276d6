package dev.waybill.gateway.http;

import java.io.IOException;
import java.io.Writer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/**
 * What the web server refuses before the API sees it (a malformed request, headers that are too large) is answered with
 * a Status, too. Made by the server by name; thread-safe.
 */
public final class StatusReports extends ErrorReportValve {

    @Override
    protected void report(Request request, Response response, @Nullable Throwable throwable) {
        int code = response.getStatus();
        if (code < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
            return;
        }
        try {
            response.setContentType("application/json");
            response.setCharacterEncoding("UTF-8");
            Writer writer = response.getReporter();
            if (writer != null) {
                writer.write(Statuses.failure(code, reason(code), message(code)).toString());
                response.finishResponse();
            }
        } catch (IOException | IllegalStateException e) {
            // The caller has gone.
        }
    }

    private static String reason(int code) {
        return switch (code) {
            case 400 -> "BadRequest";
            case 404 -> "NotFound";
            case 405 -> "MethodNotAllowed";
            case 408 -> "Timeout";
            case 413 -> "RequestEntityTooLarge";
            case 503 -> "ServiceUnavailable";
            default -> code < 500 ? "BadRequest" : "InternalError";
        };
    }

    private static String message(int code) {
        return code < 500
                ? "the request is malformed, or its line and headers are larger than the server reads"
                : "the request could not be answered";
    }
}
