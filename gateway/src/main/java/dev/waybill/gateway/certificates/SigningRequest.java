package dev.waybill.gateway.certificates;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;

/**
 * What a client asks to have signed (PKCS 10, RFC 2986): whom for, which key, which other names. Immutable.
 *
 * @param names DNS names, addresses, mail addresses and URIs; names of other sorts are passed over
 */
public record SigningRequest(X500Name name, SubjectName subject, SubjectPublicKeyInfo key, List<GeneralName> names) {
    private static final String LABEL = "CERTIFICATE REQUEST";
    private static final List<Integer> SORTS = List.of(
            GeneralName.dNSName, GeneralName.iPAddress, GeneralName.rfc822Name, GeneralName.uniformResourceIdentifier);

    public SigningRequest {
        names = List.copyOf(names);
    }

    /**
     * Reads the request of a CertificateSigningRequest, whose signature must hold.
     *
     * @param base64 of the PEM text
     * @throws IllegalArgumentException when it is none; the message is for its author
     */
    public static SigningRequest parse(String base64) {
        byte[] bytes = Pem.first(LABEL, new String(Base64.getDecoder().decode(base64), StandardCharsets.ISO_8859_1))
                .orElseThrow(() -> new IllegalArgumentException("PEM block type must be " + LABEL));
        try {
            return read(new PKCS10CertificationRequest(bytes));
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
            // The parser also says by IndexOutOfBounds and others of the kind that bytes are no request.
            throw new IllegalArgumentException("not a certificate request: " + e.getMessage(), e);
        }
    }

    private static SigningRequest read(PKCS10CertificationRequest request)
            throws IOException, PKCSException, OperatorCreationException {
        SubjectPublicKeyInfo key = request.getSubjectPublicKeyInfo();
        if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
            throw new IllegalArgumentException("the signature does not hold for the public key");
        }
        return new SigningRequest(
                request.getSubject(),
                SubjectName.of(new X500Principal(request.getSubject().getEncoded())),
                key,
                names(request));
    }

    private static List<GeneralName> names(PKCS10CertificationRequest request) {
        Extensions extensions = request.getRequestedExtensions();
        GeneralNames names =
                extensions == null ? null : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
        return names == null
                ? List.of()
                : Arrays.stream(names.getNames())
                        .filter(name -> SORTS.contains(name.getTagNo()))
                        .toList();
    }

    /** Whether a name of this sort is asked for ({@link GeneralName}). */
    boolean hasName(int sort) {
        return names.stream().anyMatch(name -> name.getTagNo() == sort);
    }
}
