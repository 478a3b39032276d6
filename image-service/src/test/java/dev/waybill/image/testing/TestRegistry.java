package dev.waybill.image.testing;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.ManifestReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Debian's docker-registry on a free loopback port, with what tests need to push to it. Ends with close. */
public final class TestRegistry implements AutoCloseable {

    private static final Path PROGRAM = Path.of("/usr/bin/docker-registry");

    private final Process process;
    private final String host;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestRegistry(Process process, String host) {
        this.process = process;
        this.host = host;
    }

    /** Whether the program is on this machine. */
    public static boolean available() {
        return Files.isExecutable(PROGRAM);
    }

    /** Starts it with its data below a directory. */
    public static TestRegistry start(Path directory) throws Exception {
        return start(directory, "registry", "", "");
    }

    /**
     * Starts one more on the same data, to be pulled from only.
     *
     * @param name of its files
     * @param http more of its http settings, a line
     * @param more more settings
     */
    public static TestRegistry start(Path directory, String name, String http, String more) throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Path config = directory.resolve(name + ".yml");
        Files.writeString(config, """
                version: 0.1
                log: {level: error}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: '127.0.0.1:%d'%s}
                %s
                """.formatted(directory.resolve("registry"), port, http, more));
        Process process = new ProcessBuilder(PROGRAM.toString(), "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".log").toFile())
                .start();
        TestRegistry registry = new TestRegistry(process, "127.0.0.1:" + port);
        registry.awaitAnswer();
        return registry;
    }

    private void awaitAnswer() throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (true) {
            try {
                send(HttpRequest.newBuilder(URI.create("http://" + host + "/v2/"))
                        .build());
                return;
            } catch (ConnectException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw e;
                }
                process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Host and port, as references name it. */
    public String host() {
        return host;
    }

    /** A layer to push. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Layer(byte[] tar, byte[] blob) {
        /** Compressed with gzip. */
        public static Layer gzip(Tar tar) {
            return new Layer(tar.bytes(), Tar.gzip(tar.bytes()));
        }

        /** As it is. */
        public static Layer plain(Tar tar) {
            return new Layer(tar.bytes(), tar.bytes());
        }

        public String diffId() {
            return Digest.of(tar).toString();
        }
    }

    /** Pushes an image and returns the digest of its manifest. */
    public String push(String repository, String tag, List<Layer> layers) throws IOException, InterruptedException {
        return push(repository, tag, layers, layers.stream().map(Layer::diffId).toList());
    }

    /** Pushes an image whose configuration claims other diffIDs. */
    public String push(String repository, String tag, List<Layer> layers, List<String> diffIds)
            throws IOException, InterruptedException {
        List<String> descriptors = new ArrayList<>();
        for (Layer layer : layers) {
            String digest = pushBlob(repository, layer.blob());
            boolean plain = layer.blob().length == layer.tar().length;
            descriptors.add(descriptor(
                    "application/vnd.oci.image.layer.v1.tar" + (plain ? "" : "+gzip"), digest, layer.blob().length));
        }
        byte[] config =
                ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"/bin/app\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                                + diffIds.stream().map(id -> "\"" + id + "\"").collect(Collectors.joining(",")) + "]}}")
                        .getBytes(StandardCharsets.UTF_8);
        String configDigest = pushBlob(repository, config);
        String manifest = "{\"schemaVersion\":2,\"mediaType\":\"" + ManifestReader.OCI_MANIFEST + "\",\"config\":"
                + descriptor("application/vnd.oci.image.config.v1+json", configDigest, config.length) + ",\"layers\":["
                + String.join(",", descriptors) + "]}";
        return pushManifest(repository, tag, ManifestReader.OCI_MANIFEST, manifest);
    }

    /** Pushes an index whose only entry is a manifest that is there already. */
    public String pushIndex(String repository, String tag, String manifestDigest)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> manifest = send(HttpRequest.newBuilder(
                        URI.create("http://" + host + "/v2/" + repository + "/manifests/" + manifestDigest))
                .header("Accept", ManifestReader.OCI_MANIFEST)
                .build());
        String entry =
                "{\"mediaType\":\"" + ManifestReader.OCI_MANIFEST + "\",\"digest\":\"" + manifestDigest + "\",\"size\":"
                        + manifest.body().length + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}";
        return pushManifest(
                repository,
                tag,
                ManifestReader.OCI_INDEX,
                "{\"schemaVersion\":2,\"mediaType\":\"" + ManifestReader.OCI_INDEX + "\",\"manifests\":[" + entry
                        + "]}");
    }

    /** Pushes a signature of an image as cosign does. */
    public void pushSignature(String repository, String tag, byte[] payload, String signature)
            throws IOException, InterruptedException {
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        String layer = descriptor(
                "application/vnd.dev.cosign.simplesigning.v1+json", pushBlob(repository, payload), payload.length);
        pushManifest(
                repository,
                tag,
                ManifestReader.OCI_MANIFEST,
                "{\"schemaVersion\":2,\"mediaType\":\"" + ManifestReader.OCI_MANIFEST + "\",\"config\":"
                        + descriptor(
                                "application/vnd.oci.image.config.v1+json", pushBlob(repository, config), config.length)
                        + ",\"layers\":[" + layer.substring(0, layer.length() - 1)
                        + ",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"" + signature + "\"}}]}");
    }

    private String pushManifest(String repository, String tag, String type, String json)
            throws IOException, InterruptedException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        expect(
                201,
                send(HttpRequest.newBuilder(URI.create("http://" + host + "/v2/" + repository + "/manifests/" + tag))
                        .header("Content-Type", type)
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build()));
        return Digest.of(body).toString();
    }

    private String pushBlob(String repository, byte[] blob) throws IOException, InterruptedException {
        String digest = Digest.of(blob).toString();
        HttpResponse<byte[]> upload =
                send(HttpRequest.newBuilder(URI.create("http://" + host + "/v2/" + repository + "/blobs/uploads/"))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build());
        expect(202, upload);
        String location = upload.headers().firstValue("Location").orElseThrow();
        expect(
                201,
                send(HttpRequest.newBuilder(
                                URI.create(location + (location.contains("?") ? "&" : "?") + "digest=" + digest))
                        .header("Content-Type", "application/octet-stream")
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(blob))
                        .build()));
        return digest;
    }

    private static String descriptor(String type, String digest, int size) {
        return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + digest + "\",\"size\":" + size + "}";
    }

    private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private static void expect(int status, HttpResponse<byte[]> response) {
        if (response.statusCode() != status) {
            throw new AssertionError(response + ": " + new String(response.body(), StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() {
        client.close();
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
