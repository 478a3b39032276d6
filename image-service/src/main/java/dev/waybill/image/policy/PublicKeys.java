package dev.waybill.image.policy;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Public keys in PEM, and what they say of signatures: ECDSA and RSA (PKCS #1 v1.5) of SHA-256, Ed25519. Stateless. */
final class PublicKeys {

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----");
    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "Ed25519");

    private PublicKeys() {}

    static PublicKey parse(String field, String pem) {
        Matcher matcher = PEM.matcher(pem);
        if (!matcher.find()) {
            throw new InvalidPolicyException(field + ": holds no PEM public key");
        }
        X509EncodedKeySpec spec = new X509EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1)));
        return ALGORITHMS.stream()
                .flatMap(algorithm -> keyOf(algorithm, spec).stream())
                .findFirst()
                .orElseThrow(() -> new InvalidPolicyException(field + ": is no ECDSA, RSA or Ed25519 key"));
    }

    private static Optional<PublicKey> keyOf(String algorithm, X509EncodedKeySpec spec) {
        try {
            return Optional.of(KeyFactory.getInstance(algorithm).generatePublic(spec));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    static boolean verifies(PublicKey key, byte[] payload, byte[] signature) {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA" -> "SHA256withRSA";
                    default -> "Ed25519";
                };
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(key);
            verifier.update(payload);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
