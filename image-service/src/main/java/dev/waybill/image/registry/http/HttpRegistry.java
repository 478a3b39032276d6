package dev.waybill.image.registry.http;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.ManifestReader;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OCI distribution protocol, version 2, over HTTP; anonymous, with bearer tokens where the registry asks for them.
 * Thread-safe. Every call tries transient failures again with back-off; no wait is unbounded.
 */
public final class HttpRegistry implements Registry, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HttpRegistry.class);

    /** The distribution spec lets registries refuse manifests above 4 MiB. */
    private static final int MAX_MANIFEST_BYTES = 4 << 20;

    /** A configuration travels in ImageReady, and a Kafka record holds 1 MiB. */
    private static final int MAX_SMALL_BLOB_BYTES = 512 << 10;

    private static final int MAX_REDIRECTS = 5;

    private final HttpClient client;
    private final BearerTokens tokens;
    private final Duration answerTimeout;
    private final StallGuard stalls;
    private final Backoff backoff;

    /**
     * @param answerTimeout from request to response headers
     * @param stallTimeout longest time in which no byte of a body arrives
     */
    public HttpRegistry(Duration connectTimeout, Duration answerTimeout, Duration stallTimeout, Backoff backoff) {
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connectTimeout)
                .build();
        this.answerTimeout = answerTimeout;
        this.stalls = new StallGuard(stallTimeout);
        this.backoff = backoff;
        this.tokens = new BearerTokens(client, answerTimeout);
    }

    @Override
    public Optional<Digest> head(ImageReference reference) throws IOException {
        URI uri = manifestUri(reference, reference.target());
        return backoff.retry(uri.toString(), () -> {
            HttpResponse<InputStream> response = send(reference, uri, "HEAD", true);
            response.body().close();
            Optional<String> digest = response.headers().firstValue("Docker-Content-Digest");
            return digest.isEmpty()
                    ? Optional.<Digest>empty()
                    : Optional.of(Digest.parse("Docker-Content-Digest", digest.get()));
        });
    }

    @Override
    public RawManifest manifest(ImageReference reference, String tagOrDigest) throws IOException {
        URI uri = manifestUri(reference, tagOrDigest);
        RawManifest manifest = backoff.retry(uri.toString(), () -> {
            HttpResponse<InputStream> response = send(reference, uri, "GET", true);
            try (InputStream body = stalls.guard(response.body(), uri.toString())) {
                return new RawManifest(
                        readAll("manifest", body, MAX_MANIFEST_BYTES),
                        response.headers().firstValue("Content-Type").orElse(""));
            }
        });
        if (tagOrDigest.startsWith("sha256:") && !manifest.digest().toString().equals(tagOrDigest)) {
            throw new DigestMismatchException(
                    "manifest of " + reference + " has the wrong digest", tagOrDigest, manifest.digest());
        }
        return manifest;
    }

    @Override
    public byte[] smallBlob(ImageReference reference, Descriptor blob) throws IOException {
        if (blob.sizeBytes() > MAX_SMALL_BLOB_BYTES) {
            throw new UnsupportedImageException(
                    "image config: " + blob.sizeBytes() + " bytes are more than the limit of " + MAX_SMALL_BLOB_BYTES);
        }
        byte[] bytes = backoff.retry(blob.digest().toString(), () -> {
            try (InputStream body = blob(reference, blob)) {
                return readAll("image config", body, MAX_SMALL_BLOB_BYTES);
            }
        });
        Digest actual = Digest.of(bytes);
        if (!actual.equals(blob.digest())) {
            throw new DigestMismatchException(
                    "image config of " + reference + " has the wrong digest", blob.digest(), actual);
        }
        return bytes;
    }

    @Override
    public InputStream blob(ImageReference reference, Descriptor blob) throws IOException {
        URI uri = URI.create(base(reference) + "/blobs/" + blob.digest());
        HttpResponse<InputStream> response = backoff.retry(uri.toString(), () -> send(reference, uri, "GET", false));
        return stalls.guard(response.body(), uri.toString());
    }

    /** Sends, follows redirects by hand (credentials must not follow to another host), answers a bearer challenge. */
    private HttpResponse<InputStream> send(ImageReference reference, URI uri, String method, boolean manifest)
            throws IOException {
        String scope = reference.host() + "/" + reference.repository();
        String token = tokens.cached(scope);
        boolean challenged = false;
        URI target = uri;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(target)
                    .timeout(answerTimeout)
                    .method(method, HttpRequest.BodyPublishers.noBody());
            if (manifest) {
                request.header("Accept", String.join(", ", ManifestReader.ACCEPTED));
            }
            if (token != null && sameOrigin(uri, target)) {
                request.header("Authorization", "Bearer " + token);
            }
            HttpResponse<InputStream> response =
                    Http.send(client, request.build(), HttpResponse.BodyHandlers.ofInputStream());
            int status = response.statusCode();
            if (status / 100 == 2) {
                return response;
            }
            if (status == 401 && !challenged && sameOrigin(uri, target)) {
                challenged = true;
                response.body().close();
                token = tokens.answer(scope, target, response.headers().allValues("WWW-Authenticate"));
                continue;
            }
            Optional<String> location = response.headers().firstValue("Location");
            if (status / 100 == 3 && location.isPresent()) {
                response.body().close();
                target = redirect(target, location.get());
                continue;
            }
            throw refusal(method, target, response);
        }
        throw new UnsupportedImageException(uri + ": more than " + MAX_REDIRECTS + " redirects");
    }

    private static URI redirect(URI from, String location) throws UnsupportedImageException {
        try {
            URI to = from.resolve(location);
            boolean downgrade = "https".equals(from.getScheme()) && !"https".equals(to.getScheme());
            if (downgrade || to.getHost() == null) {
                throw new UnsupportedImageException(from + ": refused to follow a redirect to " + location);
            }
            return to;
        } catch (IllegalArgumentException e) {
            throw new UnsupportedImageException(from + ": refused to follow a redirect to " + location);
        }
    }

    private RegistryException refusal(String method, URI uri, HttpResponse<InputStream> response) {
        String detail = "";
        try (InputStream body = stalls.guard(response.body(), uri.toString())) {
            detail = new String(body.readNBytes(500), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            log.debug("no error text from {}", uri, e);
        }
        return new RegistryException(
                method + " " + uri + ": " + response.statusCode() + (detail.isEmpty() ? "" : " " + detail),
                response.statusCode());
    }

    private static byte[] readAll(String what, InputStream body, int limit) throws IOException {
        byte[] bytes = body.readNBytes(limit + 1);
        if (bytes.length > limit) {
            throw new UnsupportedImageException(what + ": longer than the limit of " + limit + " bytes");
        }
        return bytes;
    }

    private static URI manifestUri(ImageReference reference, String tagOrDigest) {
        return URI.create(base(reference) + "/manifests/" + tagOrDigest);
    }

    private static String base(ImageReference reference) {
        String host = reference.host().equals("docker.io") ? "registry-1.docker.io" : reference.host();
        String scheme = Http.isLoopback(host) ? "http" : "https";
        return scheme + "://" + host + "/v2/" + reference.repository();
    }

    private static boolean sameOrigin(URI a, URI b) {
        return a.getHost().equalsIgnoreCase(b.getHost()) && a.getPort() == b.getPort();
    }

    @Override
    public void close() {
        stalls.close();
        client.shutdownNow();
    }

    /** Wraps a network failure that outlived its retries. */
    static RegistryUnavailableException unavailable(String what, IOException cause) {
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new RegistryUnavailableException(what + ": " + reason, cause);
    }
}
