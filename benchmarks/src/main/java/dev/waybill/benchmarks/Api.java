package dev.waybill.benchmarks;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A client of the gateway that costs little itself: one connection pool, no parsing. Thread-safe. */
final class Api {
    private final HttpClient client;
    private final SSLContext tls;
    private final String server;

    private Api(HttpClient client, SSLContext tls, String server) {
        this.client = client;
        this.tls = tls;
        this.server = server;
    }

    /** With the credential of a kubeconfig that {@code waybill up} wrote. */
    static Api of(Path kubeconfig) throws IOException, GeneralSecurityException {
        String text = Files.readString(kubeconfig);
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", certificate(certificates, data(text, "certificate-authority-data")));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        byte[] key = Base64.getDecoder()
                .decode(Files.readString(kubeconfig.resolveSibling("pki/admin.key"))
                        .replaceAll("-----[^-]+-----|\\s", ""));
        keys.setKeyEntry(
                "own",
                KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key)),
                new char[0],
                new Certificate[] {certificate(certificates, data(text, "client-certificate-data"))});
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, new char[0]);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder()
                .sslContext(tls)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        return new Api(client, tls, field(text, "server"));
    }

    private static Certificate certificate(CertificateFactory certificates, byte[] pem)
            throws GeneralSecurityException {
        return certificates.generateCertificate(new ByteArrayInputStream(pem));
    }

    private static byte[] data(String text, String name) {
        return Base64.getDecoder().decode(field(text, name));
    }

    private static String field(String text, String name) {
        Matcher matcher = Pattern.compile(name + ": (\\S+)").matcher(text);
        if (!matcher.find()) {
            throw new IllegalArgumentException("the kubeconfig has no " + name);
        }
        return matcher.group(1);
    }

    /** A connection of its own, which costs less than a client. */
    Wire connect() throws IOException {
        return new Wire(tls, URI.create(server));
    }

    /** The answer's body; any status but 2xx fails. */
    String send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server + path))
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
                HttpRequest.newBuilder(URI.create(server + path)).build(), HttpResponse.BodyHandlers.ofInputStream());
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
