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

    /** The signature of a record's value on its topic. */
    public byte[] sign(String topic, byte[] value) {
        return sum((topic + "\n").getBytes(StandardCharsets.UTF_8), value);
    }

    /** Whether a signature is this key's; takes as long however much of it is right. */
    public boolean signed(String topic, byte[] value, byte[] signature) {
        return MessageDigest.isEqual(sign(topic, value), signature);
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
