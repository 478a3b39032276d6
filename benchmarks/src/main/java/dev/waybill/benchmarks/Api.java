package dev.waybill.benchmarks;

import dev.waybill.standalone.ApiAccess;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A client of the gateway that costs little itself: one connection pool, no parsing. Thread-safe. */
final class Api {
    private final HttpClient client;
    private final ApiAccess access;

    private Api(ApiAccess access) {
        this.client = access.client();
        this.access = access;
    }

    /** With the credential of a kubeconfig that {@code waybill up} wrote. */
    static Api of(Path kubeconfig) throws IOException, GeneralSecurityException {
        return new Api(ApiAccess.of(kubeconfig));
    }

    /** A connection of its own, which costs less than a client. */
    Wire connect() throws IOException {
        return new Wire(access.tls(), access.server());
    }

    /** The answer's body; any status but 2xx fails. */
    String send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(access.server().resolve(path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }

    /** The newest resourceVersion of a collection. */
    String revision(String path) throws IOException, InterruptedException {
        Matcher matcher = Pattern.compile("\"resourceVersion\":\"(\\d+)\"").matcher(send("GET", path + "?limit=1", ""));
        if (!matcher.find()) {
            throw new IOException("the list of " + path + " has no resourceVersion");
        }
        return matcher.group(1);
    }

    /** Lines of a watch as they come; close the stream to end it. */
    Stream<String> watch(String path) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = client.send(
                HttpRequest.newBuilder(access.server().resolve(path)).build(),
                HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw new IOException("GET " + path + ": " + response.statusCode());
        }
        return new java.io.BufferedReader(new java.io.InputStreamReader(response.body(), StandardCharsets.UTF_8))
                .lines()
                .onClose(() -> {
                    try {
                        response.body().close();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
    }
}
