package dev.waybill.gateway.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.auth.ClusterCertificates;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private static final List<String> CLIENT = List.of("client auth", "digital signature");

    @TempDir
    Path directory;

    private ClusterCertificates cluster;

    @BeforeEach
    void makeAuthority() {
        cluster = ClusterCertificates.ensure(directory);
    }

    @Test
    void aCertificateSaysWhatWasAskedAndNoMore() throws Exception {
        X509Certificate certificate = issue(
                Asked.of("CN=ann,O=devs", new GeneralName(GeneralName.dNSName, "ann.example")),
                CLIENT,
                CertificateAuthority.LONGEST);
        try (InputStream in = Files.newInputStream(cluster.certificate("ca"))) {
            certificate.verify(CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getPublicKey());
        }
        assertThat(certificate.getPublicKey()).isEqualTo(Asked.PAIR.getPublic());
        assertThat(SubjectName.of(certificate.getSubjectX500Principal()))
                .isEqualTo(new SubjectName("ann", List.of("devs")));
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        assertThat(certificate.getKeyUsage()).startsWith(true, false, false);
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(certificate.getSubjectAlternativeNames()).containsExactly(List.of(2, "ann.example"));
    }

    @Test
    void aKeyOfWhichNothingIsSaidMayDoEverything() throws Exception {
        assertThat(issue(Asked.of("CN=ann"), List.of("client auth"), CertificateAuthority.LONGEST)
                        .getKeyUsage())
                .isNull();
    }

    @Test
    void livesAsLongAsAskedWithinBounds() throws Exception {
        assertThat(lives(Duration.ofDays(400))).isEqualTo(Duration.ofDays(365).minusMinutes(5));
        assertThat(lives(Duration.ofDays(2))).isEqualTo(Duration.ofDays(2).minusMinutes(5));
        assertThat(lives(Duration.ofHours(1))).isEqualTo(Duration.ofHours(1));
        assertThat(lives(Duration.ofSeconds(1))).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void endsWithItsAuthority() throws Exception {
        Instant late = now.plus(Duration.ofDays(3_600));
        X509Certificate certificate =
                read(cluster.authority().issue(Asked.of("CN=ann"), CLIENT, CertificateAuthority.LONGEST, late));
        assertThat(certificate.getNotAfter().toInstant()).isBefore(now.plus(Duration.ofDays(3_651)));
    }

    private Duration lives(Duration asked) throws Exception {
        X509Certificate certificate = issue(Asked.of("CN=ann"), CLIENT, asked);
        assertThat(certificate.getNotBefore().toInstant()).isEqualTo(now.minus(Duration.ofMinutes(5)));
        return Duration.between(now, certificate.getNotAfter().toInstant());
    }

    private X509Certificate issue(SigningRequest request, List<String> usages, Duration asked) throws Exception {
        return read(cluster.authority().issue(request, usages, asked, now));
    }

    private static X509Certificate read(String pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }
}
