package dev.waybill.gateway.certificates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BuiltInSignerTest {
    private static final GeneralName DNS = new GeneralName(GeneralName.dNSName, "node-1");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "CLIENT          | CN=ann,O=devs                    | -     | client auth                                     | -",
                "CLIENT          | CN=ann                           | dns   | client auth,digital signature,key encipherment  | -",
                "CLIENT          | CN=ann                           | -     | client auth,server auth                         | invalid usage for client certificate: server auth",
                "CLIENT          | CN=ann                           | -     | digital signature                               | missing required usage for client certificate: client auth",
                "CLIENT          | CN=system:waybill:gateway        | -     | client auth                                     | the name system:waybill:gateway is the gateway's own",
                "CLIENT          | CN=ann,CN=system:waybill:gateway | -     | client auth                                     | the name system:waybill:gateway is the gateway's own",
                "KUBELET_CLIENT  | CN=system:node:a,O=system:nodes  | -     | client auth,digital signature                   | -",
                "KUBELET_CLIENT  | CN=system:node:a,O=system:nodes  | -     | client auth,digital signature,key encipherment  | -",
                "KUBELET_CLIENT  | CN=system:node:a,O=system:nodes  | -     | client auth                                     | usages did not match [client auth digital signature key encipherment]",
                "KUBELET_CLIENT  | CN=system:node:a,O=nodes         | -     | client auth,digital signature                   | subject organization is not system:nodes",
                "KUBELET_CLIENT  | CN=system:node:a,O=system:nodes+O=x | -  | client auth,digital signature                   | subject organization is not system:nodes",
                "KUBELET_CLIENT  | CN=a,O=system:nodes              | -     | client auth,digital signature                   | subject common name does not begin with system:node:",
                "KUBELET_CLIENT  | CN=system:node:a,O=system:nodes  | dns   | client auth,digital signature                   | DNS subjectAltNames are not allowed",
                "KUBELET_CLIENT  | CN=system:node:a,O=system:nodes  | ip    | client auth,digital signature                   | IP subjectAltNames are not allowed",
                "KUBELET_SERVING | CN=system:node:a,O=system:nodes  | dns   | server auth,digital signature                   | -",
                "KUBELET_SERVING | CN=system:node:a,O=system:nodes  | ip    | server auth,digital signature,key encipherment  | -",
                "KUBELET_SERVING | CN=system:node:a,O=system:nodes  | -     | server auth,digital signature                   | DNS or IP subjectAltName is required",
                "KUBELET_SERVING | CN=system:node:a,O=system:nodes  | email | server auth,digital signature                   | Email subjectAltNames are not allowed",
                "KUBELET_SERVING | CN=system:node:a,O=system:nodes  | uri   | server auth,digital signature                   | URI subjectAltNames are not allowed",
                "KUBELET_SERVING | CN=system:node:a,O=system:nodes  | dns   | client auth,digital signature                   | usages did not match [digital signature key encipherment server auth]",
            })
    void signsWhatItPermits(String signer, String subject, String name, String usages, String refusal) {
        GeneralName[] names = name == null
                ? new GeneralName[0]
                : switch (name) {
                    case "dns" -> new GeneralName[] {DNS};
                    case "ip" -> new GeneralName[] {new GeneralName(GeneralName.iPAddress, "10.0.0.1")};
                    case "email" -> new GeneralName[] {DNS, new GeneralName(GeneralName.rfc822Name, "a@b.example")};
                    default -> new GeneralName[] {DNS, new GeneralName(GeneralName.uniformResourceIdentifier, "a:b")};
                };
        assertThat(BuiltInSigner.valueOf(signer).objection(Asked.of(subject, names), List.of(usages.split(","))))
                .isEqualTo(java.util.Optional.ofNullable(refusal));
    }

    @Test
    void everyValueOfASubjectCounts() {
        assertThat(Asked.of("O=a+CN=ann,O=b").subject().organisations()).containsExactlyInAnyOrder("a", "b");
        assertThat(Asked.of("O=a+CN=ann,O=b").subject().commonName()).isEqualTo("ann");
    }

    @Test
    void onlyTheFirstBlockIsTheRequest() throws Exception {
        assertThatThrownBy(() -> SigningRequest.parse("")).hasMessage("PEM block type must be CERTIFICATE REQUEST");
        String request = new String(Base64.getDecoder().decode(Asked.text("CN=ann")), StandardCharsets.US_ASCII);
        String behind = Pem.of("CERTIFICATE", new byte[] {1}) + request;
        assertThatThrownBy(() -> SigningRequest.parse(
                        Base64.getEncoder().encodeToString(behind.getBytes(StandardCharsets.US_ASCII))))
                .hasMessage("PEM block type must be CERTIFICATE REQUEST");
        String introduced = "Certificate request of Ann\n" + request.replace("\n", "\r\n");
        assertThat(SigningRequest.parse(
                                Base64.getEncoder().encodeToString(introduced.getBytes(StandardCharsets.US_ASCII)))
                        .subject()
                        .commonName())
                .isEqualTo("ann");
    }

    @Test
    void aRequestWithAnotherKeysSignatureIsNone() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        assertThatThrownBy(() -> SigningRequest.parse(Asked.text("CN=ann", generator.generateKeyPair())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the signature does not hold for the public key");
    }

    @ParameterizedTest
    @CsvSource({"AA==", "MAA=", "MIHJMHACAQAwDjEM", "MAkwADAAAwIGAA=="})
    void whatIsNoRequestIsRefused(String bytes) {
        String pem = Pem.of("CERTIFICATE REQUEST", Base64.getDecoder().decode(bytes));
        assertThatThrownBy(() -> SigningRequest.parse(
                        Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
