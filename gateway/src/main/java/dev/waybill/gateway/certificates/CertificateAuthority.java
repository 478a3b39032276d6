package dev.waybill.gateway.certificates;

import java.io.IOException;
import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Signs what clients ask for with the cluster's own key. Thread-safe. */
public final class CertificateAuthority {
    /** What certificates live when nothing less is asked for, and at most. */
    public static final Duration LONGEST = Duration.ofDays(365);

    private static final Duration SHORTEST = Duration.ofMinutes(10);

    /** For clocks that are a little behind. */
    private static final Duration BACKDATED = Duration.ofMinutes(5);

    /** What is shorter than this ends as asked, without the minutes before its beginning. */
    private static final Duration SHORT = Duration.ofHours(8);

    private static final int SERIAL_BITS = 127;

    private final X509Certificate certificate;
    private final PrivateKey key;
    private final SecureRandom random = new SecureRandom();

    public CertificateAuthority(X509Certificate certificate, PrivateKey key) {
        this.certificate = certificate;
        this.key = key;
    }

    /**
     * A certificate for what was asked, and not for more: no authority, no extension but usages and names.
     *
     * @param asked how long it is to live; held within bounds, the authority's own end among them
     * @return in PEM
     */
    public String issue(SigningRequest request, Collection<String> usages, Duration asked, Instant now) {
        Instant end = now.plus(bounded(asked)).minus(bounded(asked).compareTo(SHORT) < 0 ? Duration.ZERO : BACKDATED);
        Instant last = certificate.getNotAfter().toInstant();
        X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
                new BigInteger(SERIAL_BITS, random),
                Date.from(now.minus(BACKDATED)),
                Date.from(end.isBefore(last) ? end : last),
                request.name(),
                request.key());
        try {
            extend(builder, request, usages);
            ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key);
            X509CertificateHolder signed = builder.build(signer);
            return Pem.of("CERTIFICATE", signed.getEncoded());
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException("the cluster's key cannot sign", e);
        }
    }

    private static void extend(X509v3CertificateBuilder builder, SigningRequest request, Collection<String> usages)
            throws CertIOException {
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        var bits = KeyUsages.bits(usages);
        if (bits.isPresent()) {
            builder.addExtension(Extension.keyUsage, true, bits.get());
        }
        var purposes = KeyUsages.purposes(usages);
        if (purposes.isPresent()) {
            builder.addExtension(Extension.extendedKeyUsage, false, purposes.get());
        }
        if (!request.names().isEmpty()) {
            // Names that stand for an empty subject must be understood (RFC 5280, 4.2.1.6).
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    request.name().getRDNs().length == 0,
                    new GeneralNames(request.names().toArray(GeneralName[]::new)));
        }
    }

    private static Duration bounded(Duration asked) {
        if (asked.compareTo(LONGEST) > 0) {
            return LONGEST;
        }
        return asked.compareTo(SHORTEST) < 0 ? SHORTEST : asked;
    }
}
