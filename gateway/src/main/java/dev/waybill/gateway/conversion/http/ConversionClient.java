package dev.waybill.gateway.conversion.http;

import dev.waybill.gateway.conversion.ConversionReview;
import dev.waybill.gateway.conversion.ServiceEndpoints;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.WebhookConversion;
import dev.waybill.gateway.state.ResourceImage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Calls conversion webhooks, as Kubernetes' webhook client does: POST over HTTPS, verified by the definition's bundle or
 * the system's trust, 30 seconds at most. So many calls are under way at once. A Service's webhook is called at one of its ready endpoints, in their order by
 * turns. Thread-safe.
 */
public final class ConversionClient implements AutoCloseable {
    private static final int KEPT_CLIENTS = 50;

    private final Supplier<ResourceImage> image;
    private final ConversionLimits limits;
    private final CallSlots slots;
    private final Map<Trust, HttpClient> clients = new LinkedHashMap<>(16, 0.75F, true);
    private int turn;

    /** What a connection is verified by. */
    private record Trust(String caBundle, String serverName) {}

    /** Where a webhook is: named as in messages, and as it is reached. */
    private record Address(String shown, URI uri) {}

    /** @param image where Services and their endpoints are looked up */
    public ConversionClient(Supplier<ResourceImage> image, ConversionLimits limits) {
        this.image = image;
        this.limits = limits;
        this.slots = new CallSlots(limits.callsOfOne(), limits.calls());
    }

    public ConversionLimits limits() {
        return limits;
    }

    /**
     * Asks when it may, and completes with the answer's text. Fails with a ConversionFailedException alone; cancelling it
     * ends the call.
     *
     * @param patience how long the caller waits for his turn
     */
    public CompletableFuture<String> ask(ConversionReview review, Duration patience) throws InterruptedException {
        WebhookConversion webhook = review.webhook();
        String shown = shown(webhook);
        if (!slots.take(webhook, patience)) {
            return CompletableFuture.failedFuture(
                    review.failed("Post \"" + shown + "\": too many calls of webhooks are under way"));
        }
        CompletableFuture<String> answer;
        try {
            answer = call(review, webhook, shown);
        } catch (RuntimeException e) {
            slots.giveBack(webhook);
            throw e;
        }
        answer.whenComplete((_, _) -> slots.giveBack(webhook));
        return answer;
    }

    private CompletableFuture<String> call(ConversionReview review, WebhookConversion webhook, String shown) {
        try {
            Address address = address(webhook, shown);
            HttpRequest request = HttpRequest.newBuilder(address.uri())
                    .timeout(limits.time())
                    .header("Content-Type", "application/json")
                    .header("Accept", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(review.request()))
                    .build();
            CompletableFuture<HttpResponse<String>> call = client(webhook)
                    .sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), limits.answerBytes()));
            CompletableFuture<String> answer = call.handle((response, failure) -> {
                if (failure != null) {
                    throw review.failed("Post \"" + shown + "\": " + reason(failure, address.uri()));
                }
                return body(response, review);
            });
            answer.whenComplete((_, _) -> call.cancel(true)); // nothing to do once it is complete
            return answer;
        } catch (UnreachableException | IllegalArgumentException e) {
            return CompletableFuture.failedFuture(review.failed("Post \"" + shown + "\": " + e.getMessage()));
        }
    }

    @Override
    public void close() {
        synchronized (clients) {
            clients.values().forEach(HttpClient::shutdownNow);
            clients.clear();
        }
    }

    private String shown(WebhookConversion webhook) {
        WebhookConversion.Service service = webhook.service();
        String base = service == null
                ? webhook.url()
                : "https://" + service.serverName() + ":" + service.port() + service.path();
        return base + timeout();
    }

    private Address address(WebhookConversion webhook, String shown) throws UnreachableException {
        WebhookConversion.Service service = webhook.service();
        if (service == null) {
            return new Address(shown, URI.create(shown));
        }
        List<String> ready = ServiceEndpoints.ready(image.get(), service.namespace(), service.name(), service.port());
        if (ready.isEmpty()) {
            throw new UnreachableException(
                    ServiceEndpoints.why(image.get(), service.namespace(), service.name(), service.port()));
        }
        String endpoint;
        synchronized (clients) {
            turn = (turn + 1) & Integer.MAX_VALUE;
            endpoint = ready.get(turn % ready.size());
        }
        return new Address(shown, URI.create("https://" + endpoint + service.path() + timeout()));
    }

    private String timeout() {
        return "?timeout=" + limits.time().toSeconds() + "s";
    }

    private HttpClient client(WebhookConversion webhook) {
        WebhookConversion.Service service = webhook.service();
        Trust trust = new Trust(webhook.caBundle(), service == null ? "" : service.serverName());
        synchronized (clients) {
            HttpClient known = clients.get(trust);
            if (known == null) {
                known = connect(trust);
                clients.put(trust, known);
                if (clients.size() > KEPT_CLIENTS) {
                    var eldest = clients.entrySet().iterator();
                    eldest.next().getValue().shutdown(); // calls under way end as they may
                    eldest.remove();
                }
            }
            return known;
        }
    }

    private HttpClient connect(Trust trust) {
        SSLContext context = WebhookTrust.context(trust.caBundle(), trust.serverName());
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(limits.time())
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .sslContext(context);
        if (!trust.serverName().isEmpty()) {
            SSLParameters parameters = context.getDefaultSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(trust.serverName())));
            builder.sslParameters(parameters);
        }
        return builder.build();
    }

    /** The answer's text, or why it is none (k8s.io/apimachinery/pkg/api/errors, NewGenericServerResponse). */
    private static String body(HttpResponse<String> response, ConversionReview review) {
        int code = response.statusCode();
        if (code >= 200 && code < 300) {
            return response.body();
        }
        String said = statusMessage(response.body());
        if (!said.isEmpty()) {
            throw review.failed(said);
        }
        throw review.failed(
                switch (code) {
                    case 400 -> "the server rejected our request for an unknown reason";
                    case 401 -> "the server has asked for the client to provide credentials";
                    case 404 -> "the server could not find the requested resource";
                    case 405 -> "the server does not allow this method on the requested resource";
                    case 413 -> "the request is too large";
                    case 429 -> "the server has received too many requests and has asked us to try again later";
                    case 503 -> "the server is currently unable to handle the request";
                    default ->
                        code >= 500
                                ? "an error on the server (" + Json.write(text(response.body()))
                                        + ") has prevented the request from succeeding"
                                : "the server responded with the status code " + code
                                        + " but did not return more information";
                });
    }

    private static JsonNode text(String body) {
        String line = body.strip();
        return JsonNodeFactory.instance.stringNode(
                line.isEmpty() ? "unknown" : line.substring(0, Math.min(2_048, line.length())));
    }

    /** What a Kubernetes Status says; empty when the body is none. */
    private static String statusMessage(String body) {
        try {
            JsonNode status = Json.parse(body);
            return Json.text(status, "kind").equals("Status") ? Json.text(status, "message") : "";
        } catch (JacksonException e) {
            return "";
        }
    }

    /** In the words of the client that operators know, where there is a counterpart. */
    private static String reason(Throwable failure, URI uri) {
        Throwable cause = failure;
        while (cause.getCause() != null
                && (cause instanceof CompletionException || cause instanceof ConnectException)) {
            cause = cause.getCause();
        }
        String place = uri.getHost() + ":" + (uri.getPort() < 0 ? 443 : uri.getPort());
        return switch (cause) {
            case HttpTimeoutException _ -> "context deadline exceeded";
            case UnresolvedAddressException _ -> "dial tcp: lookup " + uri.getHost() + ": no such host";
            case SSLException tls -> "tls: failed to verify certificate: " + message(tls);
            case ConnectException _, ClosedChannelException _ -> "dial tcp " + place + ": connect: connection refused";
            case SocketException refused -> "dial tcp " + place + ": connect: " + message(refused);
            case IOException broken -> message(broken);
            default -> String.valueOf(cause);
        };
    }

    private static String message(Throwable failure) {
        Throwable root = failure;
        if (unknownAuthority(failure)) {
            return "x509: certificate signed by unknown authority";
        }
        while (root.getCause() != null && root.getCause().getMessage() != null) {
            root = root.getCause();
        }
        @Nullable String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    private static boolean unknownAuthority(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathBuilderException) {
                return true;
            }
        }
        return false;
    }

    /** A Service leads nowhere. */
    private static final class UnreachableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnreachableException(String why) {
            super(why, null, false, false);
        }
    }
}
