package dev.waybill.gateway.certificates;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Requests as clients make them, with a key of their own. */
final class Asked {
    static final KeyPair PAIR = pair();

    private Asked() {}

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What stands in spec.request. */
    static String text(String subject, GeneralName... names) {
        return text(subject, PAIR, names);
    }

    /** The same, signed with another key than the one that it is for where that differs. */
    static String text(String subject, KeyPair signing, GeneralName... names) {
        try {
            PKCS10CertificationRequestBuilder builder =
                    new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), PAIR.getPublic());
            if (names.length > 0) {
                ExtensionsGenerator extensions = new ExtensionsGenerator();
                extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
                builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
            }
            byte[] request = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signing.getPrivate()))
                    .getEncoded();
            return Base64.getEncoder()
                    .encodeToString(Pem.of("CERTIFICATE REQUEST", request).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    static SigningRequest of(String subject, GeneralName... names) {
        return SigningRequest.parse(text(subject, names));
    }
}
