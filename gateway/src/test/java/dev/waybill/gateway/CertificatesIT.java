package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A person gets a certificate as Kubernetes' documentation tells it: openssl, kubectl, and the cluster's signers. */
@Timeout(600)
class CertificatesIT {
    private static final String REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

    @TempDir
    static Path directory;

    private static RunningGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        gateway = RunningGateway.start(directory);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kubectl", "kubectl-1.20"})
    void anApprovedRequestIsACredential(String program) throws Exception {
        Kubectl kubectl = kubectl(program);
        String ann = "ann-" + program.replace(".", "-");
        openssl("genrsa", "-out", ann + ".key", "2048");
        openssl("req", "-new", "-key", ann + ".key", "-out", ann + ".csr", "-subj", "/CN=" + ann + "/O=devs");
        Kubectl.Result created = kubectl.attempt(
                manifest(ann, "kubernetes.io/kube-apiserver-client", 86_400, "client auth"), "create", "-f", "-");
        assertThat(created.output()).contains("certificatesigningrequest.certificates.k8s.io/" + ann + " created");
        assertThat(kubectl.run("get", "csr", ann)).contains("Pending").contains("admin");
        kubectl.run("certificate", "approve", ann);
        String encoded = certificate(ann);
        assertThat(kubectl.run("get", "csr", ann)).contains("Approved,Issued");
        Files.write(directory.resolve(ann + ".crt"), Base64.getDecoder().decode(encoded));
        String shown = openssl("x509", "-in", ann + ".crt", "-noout", "-text", "-nameopt", "RFC2253");
        assertThat(shown)
                .contains("Issuer: CN=waybill-ca")
                .contains("Subject: O=devs,CN=" + ann)
                .contains("CA:FALSE")
                .contains("TLS Web Client Authentication");
        String end = openssl("x509", "-in", ann + ".crt", "-noout", "-enddate").replaceAll("notAfter=|\\s+$", "");
        assertThat(ZonedDateTime.parse(
                                end.replaceAll(" +", " "),
                                DateTimeFormatter.ofPattern("MMM d HH:mm:ss yyyy z", Locale.US))
                        .toInstant())
                .isBetween(
                        Instant.now().plus(Duration.ofDays(1)).minus(Duration.ofMinutes(15)),
                        Instant.now().plus(Duration.ofDays(1)));

        Kubectl theirs = Kubectl.find(program, Files.createDirectory(directory.resolve(ann)), kubeconfig(ann))
                .orElseThrow();
        Kubectl.Result refused = theirs.attempt("", "get", "pods");
        assertThat(refused.code()).isNotZero();
        assertThat(refused.output())
                .contains("User \"" + ann + "\" cannot list resource \"pods\" in API group \"\" in the namespace");
        kubectl.run("create", "rolebinding", ann, "--clusterrole=edit", "--group=devs");
        assertThat(theirs.run("create", "configmap", ann)).contains("configmap/" + ann + " created");
        assertThat(theirs.run("get", "configmaps", ann)).contains(ann);
        kubectl.run("delete", "rolebinding", ann);
    }

    @Test
    void whatASignerDoesNotPermitFails() throws Exception {
        JsonNode failed = approved("server", "/CN=ann", "kubernetes.io/kube-apiserver-client", "server auth");
        JsonNode condition = failed.at("/status/conditions/1");
        assertThat(condition.path("type").asString()).isEqualTo("Failed");
        assertThat(condition.path("reason").asString()).isEqualTo("SignerValidationFailure");
        assertThat(condition.path("message").asString()).isEqualTo("invalid usage for client certificate: server auth");
        assertThat(failed.path("status").has("certificate")).isFalse();
    }

    @Test
    void nobodyBecomesAnAdministratorOrTheGateway() throws Exception {
        Kubectl kubectl = kubectl("kubectl");
        request("root", "/CN=root/O=system:masters");
        Kubectl.Result refused = kubectl.attempt(
                manifest("root", "kubernetes.io/kube-apiserver-client", 3_600, "client auth"), "create", "-f", "-");
        assertThat(refused.output())
                .contains("Error from server (Forbidden)")
                .contains("certificatesigningrequests.certificates.k8s.io \"root\" is forbidden: use of"
                        + " kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed");
        JsonNode gatewaysName = approved(
                "gateway",
                "/O=system:waybill/CN=system:waybill:gateway",
                "kubernetes.io/kube-apiserver-client",
                "client auth");
        assertThat(gatewaysName.at("/status/conditions/1/type").asString()).isEqualTo("Failed");
    }

    @Test
    void otherSignersRequestsAreLeftToThem() throws Exception {
        create("foreign", "/CN=ann", "example.com/own", "client auth");
        approve("foreign");
        create("after", "/CN=ann", "kubernetes.io/kube-apiserver-client", "client auth");
        approve("after");
        certificate("after");
        JsonNode status = gateway.get(REQUESTS + "/foreign").path("status");
        assertThat(status.has("certificate")).isFalse();
        assertThat(status.path("conditions")).hasSize(1);
    }

    @Test
    void aNodesOwnRequestIsApprovedWhenARoleSaysSo() throws Exception {
        Kubectl kubectl = kubectl("kubectl");
        String[] asNode = {"--as=system:node:n1", "--as-group=system:nodes", "--as-group=system:authenticated"};
        kubectl.run(
                "create",
                "clusterrole",
                "requester",
                "--verb=create",
                "--resource=certificatesigningrequests.certificates.k8s.io");
        kubectl.run("create", "clusterrolebinding", "requester", "--clusterrole=requester", "--group=system:nodes");
        kubectl.run(
                "create",
                "clusterrolebinding",
                "renewal",
                "--clusterrole=system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
                "--group=system:nodes");
        request("n1", "/O=system:nodes/CN=system:node:n1");
        List<String> command = new ArrayList<>(List.of("create", "-f", "-"));
        command.addAll(List.of(asNode));
        Kubectl.Result created = kubectl.attempt(
                manifest(
                        "n1", "kubernetes.io/kube-apiserver-client-kubelet", 3_600, "client auth", "digital signature"),
                command.toArray(String[]::new));
        assertThat(created.code()).as(created.output()).isZero();
        certificate("n1");
        JsonNode condition = gateway.get(REQUESTS + "/n1").at("/status/conditions/0");
        assertThat(condition.path("reason").asString()).isEqualTo("AutoApproved");
        assertThat(condition.path("message").asString())
                .isEqualTo("Auto approving self kubelet client certificate after SubjectAccessReview.");
    }

    private static Kubectl kubectl(String program) {
        Kubectl kubectl = Kubectl.find(program, directory, gateway.kubeconfig()).orElse(null);
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no " + program);
        return kubectl;
    }

    /** The administrator's, with another credential: kubectl 1.20 of this distribution cannot write any. */
    private static String kubeconfig(String name) throws Exception {
        return gateway.kubeconfig()
                .replaceAll("client-certificate-data: .*", "client-certificate-data: " + base64(name + ".crt"))
                .replaceAll("client-key-data: .*", "client-key-data: " + base64(name + ".key"));
    }

    private static String base64(String file) throws Exception {
        return Base64.getEncoder().encodeToString(Files.readAllBytes(directory.resolve(file)));
    }

    private static void request(String name, String subject) throws Exception {
        openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", name + ".key");
        openssl("req", "-new", "-key", name + ".key", "-out", name + ".csr", "-subj", subject);
    }

    private static void create(String name, String subject, String signer, String... usages) throws Exception {
        request(name, subject);
        assertThat(gateway.send("POST", REQUESTS, manifest(name, signer, 3_600, usages))
                        .statusCode())
                .isEqualTo(201);
    }

    private static void approve(String name) throws Exception {
        Kubectl kubectl = kubectl("kubectl");
        kubectl.run("certificate", "approve", name);
    }

    /** A request once it was approved and decided by its signer. */
    private static JsonNode approved(String name, String subject, String signer, String... usages) throws Exception {
        create(name, subject, signer, usages);
        approve(name);
        Eventually.holds(() -> {
            JsonNode now = stored(name);
            return now.at("/status/conditions").size() > 1 || now.path("status").has("certificate");
        });
        return stored(name);
    }

    private static String certificate(String name) throws Exception {
        Eventually.holds(() -> stored(name).path("status").has("certificate"));
        return stored(name).at("/status/certificate").asString();
    }

    private static JsonNode stored(String name) throws Exception {
        return gateway.get(REQUESTS + "/" + name);
    }

    private static String manifest(String name, String signer, int seconds, String... usages) throws Exception {
        return """
                {"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"%s"},
                 "spec":{"request":"%s","signerName":"%s","expirationSeconds":%d,"usages":["%s"]}}""".formatted(name, base64(name + ".csr"), signer, seconds, String.join("\",\"", usages));
    }

    private static String openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(directory, "out", "");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(out)).isZero();
        return Files.readString(out);
    }
}
