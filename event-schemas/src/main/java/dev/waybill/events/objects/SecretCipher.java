package dev.waybill.events.objects;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals the values of Secrets before they reach the log, with AES-256-GCM. The nonce is derived from the value and its
 * place (as in a synthetic IV), so sealing the same value again gives the same text and an unchanged Secret stays
 * unchanged. Immutable, safe for several threads.
 */
public final class SecretCipher {
    private static final String PREFIX = "waybill:v1:";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec encryption;
    private final SecretKeySpec derivation;

    private SecretCipher(byte[] key) throws GeneralSecurityException {
        this.encryption = new SecretKeySpec(hmac(new SecretKeySpec(key, "HmacSHA256"), "encrypt"), "AES");
        this.derivation = new SecretKeySpec(hmac(new SecretKeySpec(key, "HmacSHA256"), "nonce"), "HmacSHA256");
    }

    /**
     * The cipher with the key in a file, which is made (readable by its owner only) when it does not exist.
     *
     * @throws IOException when the file cannot be read or written, or holds no 32-byte key
     */
    public static SecretCipher fromKeyFile(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] fresh = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(fresh);
            try {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.write(file, fresh);
            } catch (FileAlreadyExistsException e) {
                // Another service of this machine was faster: its key is the one.
            }
        }
        byte[] key = Files.readAllBytes(file);
        if (key.length != KEY_BYTES) {
            throw new IOException(file + " holds " + key.length + " bytes instead of a key of " + KEY_BYTES);
        }
        return of(key);
    }

    /** The cipher with a key of 32 bytes. */
    static SecretCipher of(byte[] key) {
        try {
            return new SecretCipher(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has HmacSHA256", e);
        }
    }

    public static boolean isSealed(String value) {
        return value.startsWith(PREFIX);
    }

    /**
     * Seals a value of a Secret.
     *
     * @param place namespace, name and data key, which the sealed text is bound to
     * @param base64 the value as the Kubernetes API carries it
     */
    public String seal(String place, String base64) {
        byte[] clear = base64.getBytes(StandardCharsets.UTF_8);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(derivation);
            mac.update(place.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            byte[] nonce = Arrays.copyOf(mac.doFinal(clear), NONCE_BYTES);
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, place).doFinal(clear);
            byte[] whole = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
            System.arraycopy(sealed, 0, whole, NONCE_BYTES, sealed.length);
            return PREFIX + Base64.getEncoder().encodeToString(whole);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM failed to seal a value", e);
        }
    }

    /**
     * The base64 value under a sealed text; other texts are returned as they are.
     *
     * @throws IllegalArgumentException when the text was sealed with another key, for another place, or was changed
     */
    public String open(String place, String sealed) {
        if (!isSealed(sealed)) {
            return sealed;
        }
        try {
            byte[] whole = Base64.getDecoder().decode(sealed.substring(PREFIX.length()));
            byte[] nonce = Arrays.copyOf(whole, NONCE_BYTES);
            byte[] clear =
                    cipher(Cipher.DECRYPT_MODE, nonce, place).doFinal(whole, NONCE_BYTES, whole.length - NONCE_BYTES);
            return new String(clear, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException("the sealed value of " + place + " does not open with this key", e);
        }
    }

    /** The place of a Secret's value, to seal and open it by. */
    public static String place(String namespace, String name, String dataKey) {
        return namespace + '/' + name + '/' + dataKey;
    }

    private Cipher cipher(int mode, byte[] nonce, String place) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, encryption, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static byte[] hmac(SecretKeySpec key, String purpose) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(key);
        return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
    }
}
