package dev.waybill.gateway.auth;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The key that signs the tokens of ServiceAccounts: JSON Web Signatures in compact form (RFC 7515) with ES256 and
 * nothing else. The key is in a file that only its owner reads, made at the cluster's first start. Thread-safe.
 */
public final class SigningKey {
    private static final String ALGORITHM = "ES256";
    private static final String SIGNATURE = "SHA256withECDSAinP1363Format"; // R || S, as RFC 7518, 3.4 has it
    private static final int COORDINATE_BYTES = 32;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private final PrivateKey key;
    private final ECPublicKey publicKey;
    private final String header;
    private final String id;

    private SigningKey(PrivateKey key, ECPublicKey publicKey) {
        this.key = key;
        this.publicKey = publicKey;
        this.id = StaticTokens.digest(Base64.getEncoder().encodeToString(publicKey.getEncoded()))
                .substring(0, 32);
        this.header = encoded(JsonMapper.shared()
                .createObjectNode()
                .put("alg", ALGORITHM)
                .put("kid", id)
                .toString());
    }

    /**
     * The key in a directory, made when there is none.
     *
     * @throws IllegalStateException when the directory cannot be used or cryptography is unavailable
     */
    public static SigningKey ensure(Path directory) {
        Path privateFile = directory.resolve("sa.key");
        Path publicFile = directory.resolve("sa.pub");
        try {
            if (!Files.exists(privateFile)) {
                make(privateFile, publicFile);
            }
            KeyFactory factory = KeyFactory.getInstance("EC");
            PublicKey published = factory.generatePublic(new X509EncodedKeySpec(bytes(publicFile)));
            return new SigningKey(
                    factory.generatePrivate(new PKCS8EncodedKeySpec(bytes(privateFile))), (ECPublicKey) published);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot use the key for tokens in " + directory, e);
        }
    }

    /** These claims as a signed token. */
    String sign(ObjectNode claims) {
        String signed = header + "." + encoded(claims.toString());
        try {
            Signature signature = Signature.getInstance(SIGNATURE);
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + ENCODER.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign", e);
        }
    }

    /** The claims of a token that this key has signed; empty for every other text. */
    Optional<ObjectNode> verified(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            ObjectNode said = decoded(parts[0]);
            if (!said.path("alg").asString("").equals(ALGORITHM)
                    || !said.path("kid").asString("").equals(id)) {
                return Optional.empty();
            }
            Signature signature = Signature.getInstance(SIGNATURE);
            signature.initVerify(publicKey);
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.UTF_8));
            return signature.verify(DECODER.decode(parts[2])) ? Optional.of(decoded(parts[1])) : Optional.empty();
        } catch (GeneralSecurityException | IllegalArgumentException | JacksonException e) {
            return Optional.empty(); // whatever it is, it is no token of ours
        }
    }

    /** The public key as a JSON Web Key Set (RFC 7517, RFC 7518, 6.2.1). */
    public ObjectNode publicKeys() {
        ObjectNode set = JsonMapper.shared().createObjectNode();
        set.putArray("keys")
                .addObject()
                .put("use", "sig")
                .put("kty", "EC")
                .put("kid", id)
                .put("crv", "P-256")
                .put("alg", ALGORITHM)
                .put("x", coordinate(publicKey.getW().getAffineX()))
                .put("y", coordinate(publicKey.getW().getAffineY()));
        return set;
    }

    private static String coordinate(BigInteger value) {
        byte[] bytes = value.toByteArray();
        byte[] padded = new byte[COORDINATE_BYTES];
        int length = Math.min(bytes.length, COORDINATE_BYTES);
        System.arraycopy(bytes, bytes.length - length, padded, COORDINATE_BYTES - length, length);
        return ENCODER.encodeToString(padded);
    }

    private static String encoded(String text) {
        return ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode decoded(String part) {
        if (JsonMapper.shared().readTree(DECODER.decode(part)) instanceof ObjectNode object) {
            return object;
        }
        throw new IllegalArgumentException("not a JSON object");
    }

    private static void make(Path privateFile, Path publicFile) throws IOException, GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        Files.writeString(publicFile, pem("PUBLIC KEY", pair.getPublic().getEncoded()));
        Path making = privateFile.resolveSibling("sa.key.new");
        Files.deleteIfExists(making);
        Files.createFile(making, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(making, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        Files.move(making, privateFile, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String pem(String type, byte[] bytes) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + type + "-----\n";
    }

    private static byte[] bytes(Path file) throws IOException {
        String body = Files.readString(file, StandardCharsets.US_ASCII).replaceAll("-----[^-]+-----|\\s", "");
        return Base64.getDecoder().decode(body);
    }
}
