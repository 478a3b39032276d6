package dev.waybill.image.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A token server whose signed tokens a real registry verifies; knows one user and one identity token. */
public final class TokenServer implements AutoCloseable {

    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

    private final HttpServer server;
    private final PrivateKey key;
    private final String certificate;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int validSeconds = 300;

    public TokenServer(Path keyFile, Path certificateFile) throws Exception {
        this.key = KeyFactory.getInstance("RSA")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem(keyFile))));
        this.certificate = pem(certificateFile).replaceAll("\\s", "");
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/token", this::answer);
        server.start();
    }

    private static String pem(Path file) throws IOException {
        return Files.readString(file).replaceAll("-----[A-Z ]+-----", "");
    }

    /** Settings of a registry that believes this server. */
    public String settings(Path certificateFile) {
        return "auth: {token: {realm: 'http://127.0.0.1:%d/token', service: test, issuer: tests, rootcertbundle: %s}}"
                .formatted(server.getAddress().getPort(), certificateFile);
    }

    public void validFor(int seconds) {
        validSeconds = seconds;
    }

    /** What was asked: method, credentials and scope. */
    public List<String> asked() {
        return asked;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean post = exchange.getRequestMethod().equals("POST");
        Map<String, String> fields =
                fields(post ? body : exchange.getRequestURI().getRawQuery());
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        String who = "anonymous";
        if (post && "identity".equals(fields.get("refresh_token"))) {
            who = "identity";
        } else if (authorization != null) {
            who = new String(
                    Base64.getDecoder().decode(authorization.substring("Basic ".length())), StandardCharsets.UTF_8);
        }
        asked.add(exchange.getRequestMethod() + " " + who + " " + fields.get("scope"));
        boolean known = who.equals("pull:secret") || who.equals("identity");
        byte[] answer = known ? token(fields.get("scope")).getBytes(StandardCharsets.UTF_8) : new byte[0];
        exchange.sendResponseHeaders(known ? 200 : 401, answer.length == 0 ? -1 : answer.length);
        if (answer.length > 0) {
            exchange.getResponseBody().write(answer);
        }
        exchange.close();
    }

    private static Map<String, String> fields(String form) {
        Map<String, String> fields = new TreeMap<>();
        for (String field : form.split("&", -1)) {
            int equals = field.indexOf('=');
            if (equals > 0) {
                fields.put(
                        field.substring(0, equals),
                        URLDecoder.decode(field.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return fields;
    }

    private String token(String scope) {
        String repository = scope.split(":", -1)[1];
        long now = Instant.now().getEpochSecond();
        String head = "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\"" + certificate + "\"]}";
        String claims =
                ("{\"iss\":\"tests\",\"sub\":\"pull\",\"aud\":\"test\",\"exp\":%d,\"nbf\":%d,\"iat\":%d,\"jti\":\"%d\","
                                + "\"access\":[{\"type\":\"repository\",\"name\":\"%s\",\"actions\":[\"pull\"]}]}")
                        .formatted(now + validSeconds, now - 10, now, System.nanoTime(), repository);
        String signed = base64(head) + "." + base64(claims);
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return "{\"token\":\"" + signed + "." + URL.encodeToString(signature.sign()) + "\",\"expires_in\":300}";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(String text) {
        return URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
