package dev.waybill.gateway.conversion.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** TLS for webhooks: whose certificates are trusted, and for which name. Stateless. */
final class WebhookTrust {
    /** Of a GeneralName in a certificate that is a DNS name (RFC 5280, section 4.2.1.6). */
    private static final int DNS_NAME = 2;

    private WebhookTrust() {}

    /**
     * @param caBundle PEM in base64; empty for the system's trust
     * @param serverName the name that the certificate must be for when it is reached by an address; empty when the URL
     *     names it
     * @throws IllegalArgumentException when the bundle cannot be used
     */
    static SSLContext context(String caBundle, String serverName) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(caBundle.isEmpty() ? null : store(caBundle));
            TrustManager[] managers = factory.getTrustManagers();
            if (!serverName.isEmpty()) {
                managers = new TrustManager[] {new Named((X509TrustManager) managers[0], serverName)};
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("unable to load root certificates: " + e.getMessage(), e);
        }
    }

    private static KeyStore store(String caBundle) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        int index = 0;
        for (Certificate each : CertificateFactory.getInstance("X.509")
                .generateCertificates(
                        new ByteArrayInputStream(Base64.getDecoder().decode(caBundle)))) {
            trusted.setCertificateEntry("ca" + index++, each);
        }
        return trusted;
    }

    /** Wants a certificate for a name that is not the host which is connected to. Thread-safe. */
    private static final class Named extends X509ExtendedTrustManager {
        private final X509TrustManager authorities;
        private final String name;

        Named(X509TrustManager authorities, String name) {
            this.authorities = authorities;
            this.name = name;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            checkServerTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            checkServerTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            authorities.checkServerTrusted(chain, type);
            List<String> names = names(chain[0]);
            if (names.stream().noneMatch(this::isFor)) {
                throw new CertificateException(
                        "x509: certificate is valid for " + String.join(", ", names) + ", not " + name);
            }
        }

        private boolean isFor(String pattern) {
            String wanted = name.toLowerCase(Locale.ROOT);
            String given = pattern.toLowerCase(Locale.ROOT);
            return given.startsWith("*.")
                    ? wanted.indexOf('.') > 0
                            && wanted.substring(wanted.indexOf('.')).equals(given.substring(1))
                    : given.equals(wanted);
        }

        private static List<String> names(X509Certificate certificate) throws CertificateException {
            @Nullable Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            List<String> names = new ArrayList<>();
            for (List<?> each : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (each.get(0) instanceof Integer type && type == DNS_NAME) {
                    names.add(String.valueOf(each.get(1)));
                }
            }
            return names;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("webhooks are servers");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("webhooks are servers");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("webhooks are servers");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return authorities.getAcceptedIssuers();
        }
    }
}
