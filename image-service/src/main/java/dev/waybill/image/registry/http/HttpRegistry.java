package dev.waybill.image.registry.http;

import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.hosts.Endpoint;
import dev.waybill.image.hosts.RegistryHosts;
import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.BlobStream;
import dev.waybill.image.registry.ByteRange;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.ManifestReader;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OCI distribution protocol, version 2, over HTTP, in the name of one keyring. Mirrors are tried in order, then the
 * registry itself, which alone is tried again with back-off; no wait is unbounded. Equal to another in the same name.
 * Thread-safe.
 */
record HttpRegistry(Shared shared, Keyring pullSecrets, boolean mirrors) implements Registry {

    private static final Logger log = LoggerFactory.getLogger(HttpRegistry.class);

    /** The distribution spec lets registries refuse manifests above 4 MiB. */
    private static final int MAX_MANIFEST_BYTES = 4 << 20;

    /** A configuration travels in ImageReady, and a Kafka record holds 1 MiB. */
    private static final int MAX_SMALL_BLOB_BYTES = 512 << 10;

    private static final Map<String, String> MANIFESTS = Map.of("Accept", String.join(", ", ManifestReader.ACCEPTED));

    /** What registries in different names have in common. */
    record Shared(
            Requests requests, RegistryHosts hosts, MirrorHealth health, Backoff backoff, DownloadLimits limits) {}

    @Override
    public Registry withoutMirrors() {
        return new HttpRegistry(shared, pullSecrets, false);
    }

    @Override
    public Optional<Digest> head(ImageReference reference) throws IOException {
        return ask(reference, "HEAD", "manifests/" + reference.target(), answer -> {
            Optional<String> digest = answer.header("Docker-Content-Digest");
            return digest.isEmpty()
                    ? Optional.<Digest>empty()
                    : Optional.of(Digest.parse("Docker-Content-Digest", digest.get()));
        });
    }

    @Override
    public RawManifest manifest(ImageReference reference, String tagOrDigest) throws IOException {
        return ask(reference, "GET", "manifests/" + tagOrDigest, answer -> {
            RawManifest manifest = new RawManifest(
                    readAll("manifest of " + reference, answer, MAX_MANIFEST_BYTES),
                    answer.header("Content-Type").orElse(""));
            if (tagOrDigest.startsWith("sha256:")
                    && !manifest.digest().toString().equals(tagOrDigest)) {
                throw new DigestMismatchException(
                        "manifest of " + reference + " has the wrong digest", tagOrDigest, manifest.digest());
            }
            return manifest;
        });
    }

    @Override
    public byte[] smallBlob(ImageReference reference, Descriptor blob) throws IOException {
        if (blob.sizeBytes() > MAX_SMALL_BLOB_BYTES) {
            throw new UnsupportedImageException("blob " + blob.digest() + ": " + blob.sizeBytes()
                    + " bytes are more than the limit of " + MAX_SMALL_BLOB_BYTES);
        }
        return ask(reference, "GET", "blobs/" + blob.digest(), answer -> {
            byte[] bytes = readAll("blob " + blob.digest() + " of " + reference, answer, MAX_SMALL_BLOB_BYTES);
            Digest actual = Digest.of(bytes);
            if (!actual.equals(blob.digest())) {
                throw new DigestMismatchException(
                        "blob " + blob.digest() + " of " + reference + " has the wrong digest", blob.digest(), actual);
            }
            return bytes;
        });
    }

    @Override
    public BlobStream blob(ImageReference reference, Descriptor blob, ByteRange range) throws IOException {
        return new HttpBlob(
                new HttpBlob.Source(
                        shared.requests, shared.backoff, shared.limits, reference.repository(), pullSecrets),
                new HttpBlob.Addresses(endpoints(reference), shared.health),
                blob,
                range);
    }

    private interface Reading<T> {
        T read(Answer answer) throws IOException;
    }

    private <T> T ask(ImageReference reference, String method, String path, Reading<T> reading) throws IOException {
        Requests.Request request = new Requests.Request(
                method, reference.repository(), path, path.startsWith("manifests/") ? MANIFESTS : Map.of());
        List<Endpoint> endpoints = endpoints(reference);
        for (Endpoint mirror : endpoints.subList(0, endpoints.size() - 1)) {
            try {
                return once(mirror, request, reading);
            } catch (IOException e) {
                if (!MirrorHealth.concerns(e)) {
                    throw e;
                }
                shared.health.failed(mirror, e);
                log.info("mirror {} of {}: {}; trying the next", mirror, reference.host(), e.getMessage());
            }
        }
        Endpoint last = endpoints.getLast();
        String what = method + " " + Requests.withoutQuery(last.of(reference.repository(), path));
        return shared.backoff.retry(what, () -> once(last, request, reading));
    }

    private <T> T once(Endpoint endpoint, Requests.Request request, Reading<T> reading) throws IOException {
        try (Answer answer = shared.requests.send(endpoint, request, pullSecrets)) {
            return reading.read(answer);
        }
    }

    private List<Endpoint> endpoints(ImageReference reference) {
        List<Endpoint> all = shared.hosts.endpoints(reference.host());
        if (!mirrors) {
            return all.stream().filter(endpoint -> !endpoint.mirror()).toList();
        }
        List<Endpoint> usable = shared.health.usable(all);
        return usable.isEmpty() ? all : usable;
    }

    private static byte[] readAll(String what, Answer answer, int limit) throws IOException {
        byte[] bytes = answer.readNBytes(limit + 1);
        if (bytes.length > limit) {
            throw new UnsupportedImageException(what + ": longer than the limit of " + limit + " bytes");
        }
        return bytes;
    }
}
