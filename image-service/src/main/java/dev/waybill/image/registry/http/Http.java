package dev.waybill.image.registry.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;

/** What every request here has in common. */
final class Http {

    private Http() {}

    static <T> HttpResponse<T> send(HttpClient client, HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException {
        try {
            return client.send(request, handler);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(request.uri().toString(), e);
        }
    }

    static InterruptedIOException interrupted(String what, InterruptedException cause) {
        InterruptedIOException interrupted = new InterruptedIOException("interrupted: " + what);
        interrupted.initCause(cause);
        return interrupted;
    }

    /** Registries on this machine speak plain HTTP, as docker and containerd assume too; host may carry a port. */
    static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[")) {
            return name.startsWith("[::1]");
        }
        int colon = name.indexOf(':');
        name = colon < 0 ? name : name.substring(0, colon);
        return name.equals("localhost") || name.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }
}
