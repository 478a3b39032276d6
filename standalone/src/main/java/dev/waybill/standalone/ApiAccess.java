package dev.waybill.standalone;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
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
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Where the gateway is and the administrator's credential, from the kubeconfig that {@code waybill up} wrote. Immutable. */
public record ApiAccess(URI server, SSLContext tls) {

    public static ApiAccess of(Path kubeconfig) throws IOException, GeneralSecurityException {
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
        return new ApiAccess(URI.create(field(text, "server")), tls);
    }

    /** A client that shows the credential. */
    public HttpClient client() {
        return HttpClient.newBuilder()
                .sslContext(tls)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
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
}
