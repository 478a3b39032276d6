package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.standalone.demo.LoopbackRegistry;
import dev.waybill.standalone.demo.MachineImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a cluster's policies do to whoever uses kubectl: pod security, budgets under drain, what stands behind a Service. */
@Timeout(600)
class PoliciesIT {
    private static StandaloneProcess waybill;
    private static LoopbackRegistry registry;
    private static Path scratch;
    private static String image;
    private static String program;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        program = StreamingIT.clients().findFirst().orElse("");
        assumeTrue(!program.isEmpty(), "kubectl is not there");
        scratch = Repository.scratch("policies");
        registry = LoopbackRegistry.start(scratch);
        image = registry.host() + "/policies/app:1";
        MachineImage.push(image, "trap 'exit 0' TERM\nwhile true; do sleep 0.2; done\n", scratch);
        waybill = StandaloneProcess.start(scratch);
    }

    @AfterAll
    static void stop() {
        if (waybill != null) {
            waybill.close();
        }
        if (registry != null) {
            registry.close();
        }
    }

    @Test
    void aRestrictedNamespaceRefusesPodsAndWarnsOfDeployments() throws Exception {
        ok("create", "namespace", "strict");
        ok("label", "namespace", "strict", "pod-security.kubernetes.io/enforce=restricted");
        Kubectl.Ended refused = run("-n", "strict", "run", "plain", "--image=" + image);
        assertThat(refused.code()).isNotZero();
        assertThat(refused.errors())
                .contains("pods \"plain\" is forbidden: violates PodSecurity \"restricted:latest\":"
                        + " allowPrivilegeEscalation != false (container \"plain\" must set"
                        + " securityContext.allowPrivilegeEscalation=false)");
        Kubectl.Ended warned = run("-n", "strict", "create", "deployment", "d", "--image=" + image);
        assertThat(warned.code()).as(warned.errors()).isZero();
        assertThat(warned.errors()).contains("Warning: would violate PodSecurity \"restricted:latest\"");
    }

    @Test
    void drainWaitsForABudgetAndThenGoesOn() throws Exception {
        ok("create", "namespace", "careful");
        Path manifest = Files.writeString(scratch.resolve("careful.yaml"), """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: careful}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers: [{name: main, image: "%s", ports: [{name: http, containerPort: 8080}]}]
                ---
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: web, namespace: careful}
                spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: careful}
                spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
                """.formatted(image));
        ok("apply", "-f", manifest.toString());
        ok("-n", "careful", "rollout", "status", "deployment/web", "--timeout=180s");
        Eventually.within(
                Duration.ofMinutes(2),
                "the budget is met",
                () -> jsonpath(
                                "pdb/web",
                                "{.status.currentHealthy}/{.status.desiredHealthy}/{.status.disruptionsAllowed}")
                        .equals("2/2/0"));
        behindTheService();

        String node = ok("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
        Process drain = client().start("drain", node, "--pod-selector=app=web", "--timeout=180s");
        try {
            Eventually.within(Duration.ofMinutes(2), "drain is told to wait", () -> {
                Kubectl.Ended pods =
                        run("-n", "careful", "get", "pods", "-o", "jsonpath={.items[*].metadata.deletionTimestamp}");
                Kubectl.Ended attempt = run("drain", node, "--pod-selector=app=web", "--timeout=3s");
                return pods.output().isBlank()
                        && attempt.errors()
                                .contains("Cannot evict pod as it would violate the pod's disruption budget.");
            });
            ok("-n", "careful", "patch", "pdb/web", "--type=merge", "-p", "{\"spec\":{\"minAvailable\":0}}");
            assertThat(drain.waitFor(200, java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();
            assertThat(drain.exitValue()).isZero();
        } finally {
            drain.destroyForcibly();
            ok("uncordon", node);
        }
        Eventually.within(
                Duration.ofMinutes(2),
                "the taint of the cordon is gone again",
                () -> ok("get", "node", node, "-o", "jsonpath={.spec.taints}").isBlank());
    }

    @Test
    void aDefinitionsRulesAndASecretForAnAccountWorkAsEverywhere() throws Exception {
        Path definition = Files.writeString(scratch.resolve("definition.yaml"), """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: shops.example.com}
                spec:
                  group: example.com
                  scope: Namespaced
                  names: {plural: shops, kind: Shop}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema:
                        type: object
                        properties:
                          spec:
                            type: object
                            properties: {open: {type: integer}, close: {type: integer}}
                            x-kubernetes-validations:
                            - {rule: self.open < self.close, message: a shop opens before it closes}
                """);
        ok("apply", "-f", definition.toString());
        ok("wait", "--for=condition=Established", "crd/shops.example.com", "--timeout=180s");
        Path shop = Files.writeString(scratch.resolve("shop.yaml"), """
                {apiVersion: example.com/v1, kind: Shop, metadata: {name: late}, spec: {open: 20, close: 8}}
                """);
        assertThat(run("apply", "-f", shop.toString()).errors())
                .contains(
                        "The Shop \"late\" is invalid: spec: Invalid value: \"object\": a shop opens before it closes");

        ok("create", "serviceaccount", "robot");
        Path secret = Files.writeString(scratch.resolve("secret.yaml"), """
                apiVersion: v1
                kind: Secret
                metadata: {name: robot, annotations: {kubernetes.io/service-account.name: robot}}
                type: kubernetes.io/service-account-token
                """);
        ok("apply", "-f", secret.toString());
        Eventually.within(
                Duration.ofMinutes(2),
                "the Secret is filled",
                () -> !ok("get", "secret", "robot", "-o", "jsonpath={.data.token}")
                        .isBlank());
        String token = new String(
                java.util.Base64.getDecoder().decode(ok("get", "secret", "robot", "-o", "jsonpath={.data.token}")),
                java.nio.charset.StandardCharsets.US_ASCII);
        Path nobody = Files.writeString(
                scratch.resolve("by-token"),
                Files.readString(waybill.kubeconfig())
                        .replaceAll("client-certificate-data: .*", "token: " + token)
                        .replaceAll("(?m)^ *client-key-data: .*$", ""));
        Kubectl.Ended asked = new Kubectl(program, nobody, scratch).run("", "get", "secrets");
        assertThat(asked.errors()).contains("User \"system:serviceaccount:default:robot\" cannot list resource");
        ok("delete", "serviceaccount", "robot");
        assertThat(run("get", "secret", "robot").errors()).contains("NotFound");
    }

    private static void behindTheService() throws Exception {
        assertThat(jsonpath("service/web", "{.spec.clusterIP}")).startsWith("10.");
        assertThat(Integer.parseInt(jsonpath("service/web", "{.spec.ports[0].nodePort}")))
                .isBetween(30_000, 32_767);
        String pods = ok("-n", "careful", "get", "pods", "-o", "jsonpath={.items[*].status.podIP}");
        Eventually.within(Duration.ofMinutes(2), "both pods are behind the Service", () -> {
            String addresses = jsonpath("endpoints/web", "{.subsets[0].addresses[*].ip}");
            return java.util.Set.of(addresses.split(" ")).equals(java.util.Set.of(pods.split(" ")));
        });
        assertThat(ok(
                        "-n",
                        "careful",
                        "get",
                        "endpointslices",
                        "-l",
                        "kubernetes.io/service-name=web",
                        "-o",
                        "jsonpath={.items[0].endpoints[*].conditions.ready} {.items[0].ports[0].port}"))
                .isEqualTo("true true 8080");
        assertThat(ok("-n", "careful", "describe", "service", "web")).contains("Endpoints:", ":8080");
    }

    private static String jsonpath(String object, String path) throws Exception {
        return ok("-n", "careful", "get", object, "-o", "jsonpath=" + path);
    }

    private static String ok(String... arguments) throws Exception {
        Kubectl.Ended ended = run(arguments);
        assertThat(ended.code())
                .as(String.join(" ", arguments) + ": " + ended.errors())
                .isZero();
        return ended.output();
    }

    private static Kubectl.Ended run(String... arguments) throws Exception {
        return client().run("", arguments);
    }

    private static Kubectl client() throws Exception {
        return new Kubectl(program, waybill.kubeconfig(), scratch);
    }
}
