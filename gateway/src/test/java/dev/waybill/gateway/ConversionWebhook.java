package dev.waybill.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A webhook that converts CronTabs between v1beta1, with spec.hostPort, and v1, with spec.host and spec.port, over HTTPS
 * with a certificate of its own. Knows what it was asked; tests may make it answer otherwise.
 */
final class ConversionWebhook implements AutoCloseable {
    final List<ObjectNode> requests = new CopyOnWriteArrayList<>();

    /** What is answered, as it would be sent; by default the conversion itself. */
    volatile UnaryOperator<ObjectNode> answer = ConversionWebhook::converted;

    volatile int status = 200;

    private final HttpsServer server;
    private final String bundle;

    /** @param names for which its certificate is, beside its address */
    ConversionWebhook(InetAddress address, String... names) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair pair = generator.generateKeyPair();
        X500Name subject = new X500Name("CN=webhook " + UUID.randomUUID());
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                subject,
                BigInteger.ONE,
                Date.from(Instant.now().minus(Duration.ofHours(1))),
                Date.from(Instant.now().plus(Duration.ofDays(1))),
                subject,
                pair.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        GeneralName[] all = new GeneralName[names.length + (names.length == 0 ? 1 : 0)];
        for (int i = 0; i < names.length; i++) {
            all[i] = new GeneralName(GeneralName.dNSName, names[i]);
        }
        if (names.length == 0) {
            all[0] = new GeneralName(GeneralName.iPAddress, address.getHostAddress());
        }
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(all));
        X509Certificate certificate = new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
        bundle = Base64.getEncoder()
                .encodeToString(("-----BEGIN CERTIFICATE-----\n"
                                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
                                + "\n-----END CERTIFICATE-----\n")
                        .getBytes(StandardCharsets.US_ASCII));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("own", pair.getPrivate(), new char[0], new X509Certificate[] {certificate});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(address, 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/convert", this::serve);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "https://" + server.getAddress().getAddress().getHostAddress() + ":" + port() + "/convert";
    }

    /** Its certificate, as a caBundle. */
    String bundle() {
        return bundle;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            ObjectNode review = (ObjectNode) JsonMapper.shared().readTree(exchange.getRequestBody());
            requests.add(review);
            byte[] body = answer.apply(review).toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** The review with its answer. */
    static ObjectNode converted(ObjectNode review) {
        ObjectNode answer = JsonMapper.shared().createObjectNode();
        answer.set("apiVersion", review.get("apiVersion"));
        answer.set("kind", review.get("kind"));
        ObjectNode response = answer.putObject("response");
        response.set("uid", review.path("request").path("uid"));
        response.putObject("result").put("status", "Success");
        ArrayNode objects = response.putArray("convertedObjects");
        String desired = review.path("request").path("desiredAPIVersion").asString();
        for (JsonNode each : review.path("request").path("objects")) {
            ObjectNode object = (ObjectNode) each.deepCopy();
            object.put("apiVersion", desired);
            if (object.get("spec") instanceof ObjectNode spec) {
                convert(spec, desired.endsWith("/v1"));
            }
            objects.add(object);
        }
        return answer;
    }

    private static void convert(ObjectNode spec, boolean toStored) {
        if (toStored && spec.has("hostPort")) {
            String[] parts = spec.remove("hostPort").asString().split(":", 2);
            spec.put("host", parts[0]);
            if (parts.length > 1) {
                spec.put("port", parts[1]);
            }
        } else if (!toStored && spec.has("host")) {
            String host = spec.remove("host").asString();
            JsonNode port = spec.remove("port");
            spec.put("hostPort", port == null ? host : host + ":" + port.asString());
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
