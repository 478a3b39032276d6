package dev.waybill.gateway.auth;

import dev.waybill.gateway.certificates.CertificateAuthority;
import dev.waybill.gateway.certificates.Pem;
import dev.waybill.gateway.certificates.SubjectName;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of a cluster, made at its first start in one directory: an authority, the gateway's and the nodes'
 * server certificates, the administrator's client certificate and the gateway's own for calling nodes. Keys are
 * readable by their owner only. Thread-safe once made.
 */
public final class ClusterCertificates {
    private static final Duration LIFE = Duration.ofDays(3_650);

    private static final int KEY_BITS = 256;

    private final Path directory;
    /** The same for all calls, so that connections to a node resume its session. */
    private volatile @Nullable SSLContext ownContext;

    private ClusterCertificates(Path directory) {
        this.directory = directory;
    }

    /**
     * The certificates in a directory, those that are missing made.
     *
     * @throws IllegalStateException when the directory cannot be used or cryptography is unavailable
     */
    public static ClusterCertificates ensure(Path directory) {
        ClusterCertificates certificates = new ClusterCertificates(directory);
        try {
            Files.createDirectories(directory);
            if (!Files.exists(directory.resolve("gateway-client.crt"))) {
                certificates.make();
            }
            return certificates;
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("cannot make the cluster's certificates in " + directory, e);
        }
    }

    public Path certificate(String name) {
        return directory.resolve(name + ".crt");
    }

    public Path key(String name) {
        return directory.resolve(name + ".key");
    }

    /** A kubeconfig with the administrator's credential. */
    public String kubeconfig(String server) {
        try {
            return """
                    apiVersion: v1
                    kind: Config
                    clusters:
                    - name: waybill
                      cluster:
                        server: %s
                        certificate-authority-data: %s
                    users:
                    - name: admin
                      user:
                        client-certificate-data: %s
                        client-key-data: %s
                    contexts:
                    - name: waybill
                      context:
                        cluster: waybill
                        user: admin
                    current-context: waybill
                    """.formatted(
                    server,
                    base64(certificate("ca")),
                    base64(certificate("admin")),
                    Base64.getEncoder().encodeToString(traditional("admin").getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot read the administrator's credential in " + directory, e);
        }
    }

    /** Who signs what clients ask for. */
    public CertificateAuthority authority() {
        try {
            return new CertificateAuthority(read(certificate("ca")), readKey(key("ca")));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot read the authority in " + directory, e);
        }
    }

    /** TLS for calls to nodes, with the gateway's own credential. */
    public SSLContext clientContext() {
        SSLContext known = ownContext;
        if (known == null) {
            known = clientContext("gateway-client");
            ownContext = known;
        }
        return known;
    }

    /** TLS for calls without a credential, to servers of this cluster. */
    public SSLContext trustOnly() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusted().getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot use the authority in " + directory, e);
        }
    }

    private TrustManagerFactory trusted() throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", read(certificate("ca")));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return trust;
    }

    /** TLS for calls with one of the client credentials in this directory. */
    public SSLContext clientContext(String credential) {
        try {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            X509Certificate own = read(certificate(credential));
            keys.setKeyEntry("own", readKey(key(credential)), new char[0], new X509Certificate[] {own});
            KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keyManagers.init(keys, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers.getKeyManagers(), trusted().getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot use the credential " + credential + " in " + directory, e);
        }
    }

    private void make() throws IOException, GeneralSecurityException, OperatorCreationException {
        KeyPair authority = keyPair();
        X500Name issuer = name("waybill-ca", List.of());
        X509v3CertificateBuilder own = builder(issuer, issuer, authority);
        own.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        own.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        write("ca", sign(own, authority.getPrivate()), authority.getPrivate());
        issue("server", name("waybill-gateway", List.of()), KeyPurposeId.id_kp_serverAuth, issuer, authority);
        issue("node", name("waybill-node", List.of()), KeyPurposeId.id_kp_serverAuth, issuer, authority);
        issue("admin", name("admin", List.of("system:masters")), KeyPurposeId.id_kp_clientAuth, issuer, authority);
        issue(
                "gateway-client",
                name(SubjectName.GATEWAY, List.of("system:waybill")),
                KeyPurposeId.id_kp_clientAuth,
                issuer,
                authority);
    }

    private void issue(String file, X500Name subject, KeyPurposeId purpose, X500Name issuer, KeyPair authority)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        KeyPair pair = keyPair();
        X509v3CertificateBuilder builder = builder(issuer, subject, pair);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
        if (purpose.equals(KeyPurposeId.id_kp_serverAuth)) {
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                new GeneralName(GeneralName.dNSName, "localhost"),
                new GeneralName(GeneralName.dNSName, "gateway"),
                new GeneralName(GeneralName.dNSName, "kubernetes"),
                new GeneralName(GeneralName.dNSName, "kubernetes.default"),
                new GeneralName(GeneralName.dNSName, "kubernetes.default.svc"),
                new GeneralName(GeneralName.dNSName, "kubernetes.default.svc.cluster.local"),
                new GeneralName(GeneralName.iPAddress, "127.0.0.1")
            }));
        }
        write(file, sign(builder, authority.getPrivate()), pair.getPrivate());
    }

    private static X509v3CertificateBuilder builder(X500Name issuer, X500Name subject, KeyPair pair) {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, new SecureRandom()),
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(LIFE)),
                subject,
                pair.getPublic());
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey authority)
            throws GeneralSecurityException, OperatorCreationException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(authority)));
    }

    private static X500Name name(String commonName, List<String> organisations) {
        X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
        organisations.forEach(organisation -> builder.addRDN(BCStyle.O, organisation));
        return builder.addRDN(BCStyle.CN, commonName).build();
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private void write(String name, X509Certificate certificate, PrivateKey key)
            throws IOException, GeneralSecurityException {
        Path keyFile = key(name);
        Files.deleteIfExists(keyFile);
        Files.createFile(keyFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(keyFile, Pem.of("PRIVATE KEY", key.getEncoded()));
        Files.writeString(certificate(name), Pem.of("CERTIFICATE", certificate.getEncoded()));
    }

    private static X509Certificate read(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static PrivateKey readKey(Path file) throws IOException, GeneralSecurityException {
        String body = Files.readString(file, StandardCharsets.US_ASCII).replaceAll("-----[^-]+-----|\\s", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
    }

    /** The key in the form that names its algorithm (SEC 1), without which some clients take it for RSA. */
    private String traditional(String name) throws IOException, GeneralSecurityException {
        PrivateKeyInfo key = PrivateKeyInfo.getInstance(readKey(key(name)).getEncoded());
        SubjectPublicKeyInfo point = SubjectPublicKeyInfo.getInstance(
                read(certificate(name)).getPublicKey().getEncoded());
        ECPrivateKey whole = new ECPrivateKey(
                KEY_BITS,
                ECPrivateKey.getInstance(key.parsePrivateKey()).getKey(),
                point.getPublicKeyData(),
                key.getPrivateKeyAlgorithm().getParameters());
        return Pem.of("EC PRIVATE KEY", whole.getEncoded());
    }

    private static String base64(Path file) throws IOException {
        return Base64.getEncoder().encodeToString(Files.readAllBytes(file));
    }
}
