package dev.waybill.gateway.certificates;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/** What a key may be used for, by the names in certificates.k8s.io/v1 (KeyUsage). Stateless. */
public final class KeyUsages {
    public static final String DIGITAL_SIGNATURE = "digital signature";
    public static final String KEY_ENCIPHERMENT = "key encipherment";
    public static final String CLIENT_AUTH = "client auth";
    public static final String SERVER_AUTH = "server auth";

    private static final Map<String, Integer> BITS = Map.of(
            "signing",
            KeyUsage.digitalSignature,
            DIGITAL_SIGNATURE,
            KeyUsage.digitalSignature,
            "content commitment",
            KeyUsage.nonRepudiation,
            KEY_ENCIPHERMENT,
            KeyUsage.keyEncipherment,
            "key agreement",
            KeyUsage.keyAgreement,
            "data encipherment",
            KeyUsage.dataEncipherment,
            "cert sign",
            KeyUsage.keyCertSign,
            "crl sign",
            KeyUsage.cRLSign,
            "encipher only",
            KeyUsage.encipherOnly,
            "decipher only",
            KeyUsage.decipherOnly);

    private static final Map<String, KeyPurposeId> PURPOSES = new TreeMap<>(Map.ofEntries(
            Map.entry("any", KeyPurposeId.anyExtendedKeyUsage),
            Map.entry(SERVER_AUTH, KeyPurposeId.id_kp_serverAuth),
            Map.entry(CLIENT_AUTH, KeyPurposeId.id_kp_clientAuth),
            Map.entry("code signing", KeyPurposeId.id_kp_codeSigning),
            Map.entry("email protection", KeyPurposeId.id_kp_emailProtection),
            Map.entry("s/mime", KeyPurposeId.id_kp_emailProtection),
            Map.entry("ipsec end system", KeyPurposeId.id_kp_ipsecEndSystem),
            Map.entry("ipsec tunnel", KeyPurposeId.id_kp_ipsecTunnel),
            Map.entry("ipsec user", KeyPurposeId.id_kp_ipsecUser),
            Map.entry("timestamping", KeyPurposeId.id_kp_timeStamping),
            Map.entry("ocsp signing", KeyPurposeId.id_kp_OCSPSigning),
            Map.entry("microsoft sgc", purpose("1.3.6.1.4.1.311.10.3.3")),
            Map.entry("netscape sgc", purpose("2.16.840.1.113730.4.1"))));

    /** Every name, in the order of the alphabet. */
    public static final List<String> NAMES = java.util.stream.Stream.concat(
                    BITS.keySet().stream(), PURPOSES.keySet().stream())
            .sorted()
            .toList();

    private KeyUsages() {}

    private static KeyPurposeId purpose(String id) {
        return KeyPurposeId.getInstance(new ASN1ObjectIdentifier(id));
    }

    /** The extension that says what the key itself may do; empty when nothing is said of it. */
    static Optional<KeyUsage> bits(Collection<String> usages) {
        int bits =
                usages.stream().mapToInt(usage -> BITS.getOrDefault(usage, 0)).reduce(0, (some, more) -> some | more);
        return bits == 0 ? Optional.empty() : Optional.of(new KeyUsage(bits));
    }

    /** The extension that says what for; empty when nothing is said of it. */
    static Optional<ExtendedKeyUsage> purposes(Collection<String> usages) {
        KeyPurposeId[] ids = PURPOSES.entrySet().stream()
                .filter(purpose -> usages.contains(purpose.getKey()))
                .map(Map.Entry::getValue)
                .distinct()
                .toArray(KeyPurposeId[]::new);
        return ids.length == 0 ? Optional.empty() : Optional.of(new ExtendedKeyUsage(ids));
    }
}
