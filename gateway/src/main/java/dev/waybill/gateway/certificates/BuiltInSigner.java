package dev.waybill.gateway.certificates;

import static dev.waybill.gateway.certificates.KeyUsages.CLIENT_AUTH;
import static dev.waybill.gateway.certificates.KeyUsages.DIGITAL_SIGNATURE;
import static dev.waybill.gateway.certificates.KeyUsages.KEY_ENCIPHERMENT;
import static dev.waybill.gateway.certificates.KeyUsages.SERVER_AUTH;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x509.GeneralName;

/**
 * The signers that every cluster has, with what each permits ("Kubernetes signers" in the documentation of
 * CertificateSigningRequests). Requests to others are not ours to sign.
 */
public enum BuiltInSigner {
    /** Clients of the API. */
    CLIENT("kubernetes.io/kube-apiserver-client") {
        @Override
        Optional<String> refusal(SigningRequest request, Collection<String> usages) {
            for (String usage : usages) {
                if (!Set.of(DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, CLIENT_AUTH).contains(usage)) {
                    return Optional.of("invalid usage for client certificate: " + usage);
                }
            }
            return usages.contains(CLIENT_AUTH)
                    ? Optional.empty()
                    : Optional.of("missing required usage for client certificate: " + CLIENT_AUTH);
        }
    },

    /** Nodes as clients of the API. */
    KUBELET_CLIENT("kubernetes.io/kube-apiserver-client-kubelet") {
        @Override
        Optional<String> refusal(SigningRequest request, Collection<String> usages) {
            return first(List.of(
                    organisation(request),
                    notAllowed(request, GeneralName.dNSName, "DNS"),
                    notAllowed(request, GeneralName.rfc822Name, "Email"),
                    notAllowed(request, GeneralName.iPAddress, "IP"),
                    notAllowed(request, GeneralName.uniformResourceIdentifier, "URI"),
                    commonName(request),
                    exactly(usages, CLIENT_AUTH)));
        }
    },

    /** Nodes as servers. */
    KUBELET_SERVING("kubernetes.io/kubelet-serving") {
        @Override
        Optional<String> refusal(SigningRequest request, Collection<String> usages) {
            boolean named = request.hasName(GeneralName.dNSName) || request.hasName(GeneralName.iPAddress);
            return first(List.of(
                    organisation(request),
                    named ? Optional.empty() : Optional.of("DNS or IP subjectAltName is required"),
                    notAllowed(request, GeneralName.rfc822Name, "Email"),
                    notAllowed(request, GeneralName.uniformResourceIdentifier, "URI"),
                    exactly(usages, SERVER_AUTH),
                    commonName(request)));
        }
    };

    private static final String NODES = "system:nodes";
    private static final String NODE = "system:node:";

    private final String signerName;

    BuiltInSigner(String signerName) {
        this.signerName = signerName;
    }

    public String signerName() {
        return signerName;
    }

    public static Optional<BuiltInSigner> of(String signerName) {
        return List.of(values()).stream()
                .filter(signer -> signer.signerName.equals(signerName))
                .findFirst();
    }

    /** Why a request is not signed though it is approved; empty when it is. */
    public Optional<String> objection(SigningRequest request, Collection<String> usages) {
        return request.subject().commonName().equals(SubjectName.GATEWAY)
                ? Optional.of("the name " + SubjectName.GATEWAY + " is the gateway's own")
                : refusal(request, usages);
    }

    abstract Optional<String> refusal(SigningRequest request, Collection<String> usages);

    private static Optional<String> first(List<Optional<String>> refusals) {
        return refusals.stream().flatMap(Optional::stream).findFirst();
    }

    private static Optional<String> organisation(SigningRequest request) {
        return request.subject().organisations().equals(List.of(NODES))
                ? Optional.empty()
                : Optional.of("subject organization is not " + NODES);
    }

    private static Optional<String> commonName(SigningRequest request) {
        return request.subject().commonName().startsWith(NODE)
                ? Optional.empty()
                : Optional.of("subject common name does not begin with " + NODE);
    }

    private static Optional<String> notAllowed(SigningRequest request, int sort, String shown) {
        return request.hasName(sort) ? Optional.of(shown + " subjectAltNames are not allowed") : Optional.empty();
    }

    /** Keys that are not RSA have no use for encipherment, so it may be left out. */
    private static Optional<String> exactly(Collection<String> usages, String purpose) {
        Set<String> asked = Set.copyOf(usages);
        return asked.equals(Set.of(DIGITAL_SIGNATURE, purpose))
                        || asked.equals(Set.of(DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, purpose))
                ? Optional.empty()
                : Optional.of("usages did not match ["
                        + String.join(
                                " ",
                                List.of(purpose, DIGITAL_SIGNATURE, KEY_ENCIPHERMENT).stream()
                                        .sorted()
                                        .toList())
                        + "]");
    }
}
