package dev.waybill.events.objects;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key that signs what a node reports (HMAC-SHA256). Each node's is derived from the cluster's, which only the gateway
 * has, so a node can speak for itself and nobody else. Thread-safe.
 */
public final class NodeKey {
    /** The record header that carries the signature. */
    public static final String HEADER = "waybill_mac";

    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 32;

    /** No topic's name begins so: a signed record is no credential. */
    private static final String CREDENTIAL = "waybill-node/1.";

    private static final Duration LONGEST_CREDENTIAL = Duration.ofMinutes(10);

    private final byte[] key;

    private NodeKey(byte[] key) {
        this.key = key;
    }

    /**
     * The cluster's key, made when there is none.
     *
     * @throws IOException when the file cannot be used
     */
    public static NodeKey ensure(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] fresh = new byte[BYTES];
            new SecureRandom().nextBytes(fresh);
            try {
                new NodeKey(fresh).write(file);
            } catch (FileAlreadyExistsException e) {
                // Another gateway was faster: its key is the one.
            }
        }
        return read(file);
    }

    public static NodeKey read(Path file) throws IOException {
        byte[] key = Files.readAllBytes(file);
        if (key.length != BYTES) {
            throw new IOException(file + " holds " + key.length + " bytes instead of a key of " + BYTES);
        }
        return new NodeKey(key);
    }

    /** Writes the key to a new file that its owner alone reads. */
    public void write(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, key);
    }

    /** The key of one node; this one must be the cluster's. */
    public NodeKey of(String node) {
        return new NodeKey(sum(("waybill-node:" + node).getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Seals Secrets for this key's node, which opens them with {@link SecretCipher#fromKeyFile} of its own key's file. The
     * cipher's keys are derived from texts that no signature is made of.
     */
    public SecretCipher secrets() {
        return SecretCipher.of(key);
    }

    /** The signature of a record's value on its topic. */
    public byte[] sign(String topic, byte[] value) {
        return sum((topic + "\n").getBytes(StandardCharsets.UTF_8), value);
    }

    /** Whether a signature is this key's; takes as long however much of it is right. */
    public boolean signed(String topic, byte[] value, byte[] signature) {
        return MessageDigest.isEqual(sign(topic, value), signature);
    }

    /**
     * A bearer token by which the node whose key this is calls the gateway until then: its name, the time in seconds, and
     * the signature of both.
     */
    public String credential(String node, Instant until) {
        String claim = CREDENTIAL + Base64.getUrlEncoder().withoutPadding().encodeToString(utf8(node)) + "."
                + until.getEpochSecond();
        return claim + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(sum(utf8(claim)));
    }

    /**
     * The node whose credential a token is; this key must be the cluster's.
     *
     * @return empty when it is none, or has ended, or claims to hold for longer than a node asks for
     */
    public Optional<String> nodeOf(String token, Instant now) {
        int last = token.lastIndexOf('.');
        String[] claims = token.split("\\.", -1);
        if (!token.startsWith(CREDENTIAL) || claims.length != 4) {
            return Optional.empty();
        }
        try {
            String node = new String(Base64.getUrlDecoder().decode(claims[1]), StandardCharsets.UTF_8);
            Instant until = Instant.ofEpochSecond(Long.parseLong(claims[2]));
            byte[] signature = Base64.getUrlDecoder().decode(claims[3]);
            boolean holds = MessageDigest.isEqual(of(node).sum(utf8(token.substring(0, last))), signature)
                    && until.isAfter(now)
                    && until.isBefore(now.plus(LONGEST_CREDENTIAL));
            return holds ? Optional.of(node) : Optional.empty();
        } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] sum(byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has " + ALGORITHM, e);
        }
    }
}
