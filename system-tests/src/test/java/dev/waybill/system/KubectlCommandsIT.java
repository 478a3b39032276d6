package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.standalone.demo.MachineImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What people type, with the oldest and the newest kubectl that they have. */
@Timeout(600)
class KubectlCommandsIT extends OnePlatform {
    @BeforeAll
    static void start() throws Exception {
        begin(
                "kubectl",
                (reference, files) ->
                        MachineImage.push(reference, "trap 'exit 0' TERM\nwhile true; do sleep 0.2; done\n", files));
    }

    static Stream<String> clients() {
        return StreamingIT.clients();
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aDeploymentsWholeLife(String kubectl) throws Exception {
        String space = namespace(kubectl, "life");
        Path manifest = Files.writeString(scratch.resolve("web.yaml"), """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, labels: {app: web}}
                spec:
                  replicas: 1
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers:
                      - {name: main, image: "%s"}
                      - {name: second, image: "%s"}
                """.formatted(image, image));
        printed(kubectl, "-n", space, "apply", "-f", manifest.toString());
        printed(kubectl, "-n", space, "rollout", "status", "deployment/web", "--timeout=180s");
        printed(kubectl, "-n", space, "wait", "--for=condition=Available", "deployment/web", "--timeout=180s");
        assertThat(printed(kubectl, "-n", space, "scale", "deployment/web", "--replicas=2"))
                .contains("scaled");
        printed(kubectl, "-n", space, "set", "env", "deployment/web", "-c", "main", "COLOUR=blue");
        printed(kubectl, "-n", space, "rollout", "status", "deployment/web", "--timeout=180s");
        assertThat(printed(kubectl, "-n", space, "rollout", "history", "deployment/web"))
                .contains("1", "2");
        printed(kubectl, "-n", space, "rollout", "undo", "deployment/web");
        printed(kubectl, "-n", space, "rollout", "status", "deployment/web", "--timeout=180s");
        assertThat(printed(
                        kubectl,
                        "-n",
                        space,
                        "get",
                        "deployment",
                        "web",
                        "-o",
                        "jsonpath={.spec.template.spec.containers[0].env}"))
                .isEmpty();
        printed(kubectl, "-n", space, "rollout", "restart", "deployment/web");
        printed(kubectl, "-n", space, "rollout", "status", "deployment/web", "--timeout=180s");
        assertThat(printed(kubectl, "-n", space, "describe", "deployment", "web"))
                .contains("ScalingReplicaSet");
        assertThat(printed(kubectl, "-n", space, "get", "all"))
                .contains("pod/web-", "deployment.apps/web", "replicaset.apps/web-");
        printed(kubectl, "-n", space, "delete", "-f", manifest.toString());
        assertThat(printed(kubectl, "-n", space, "get", "deployments", "-o", "name"))
                .isEmpty();
    }

    /** Whatever way an object is changed, the parts that nobody meant stay. */
    @ParameterizedTest
    @MethodSource("clients")
    void changes(String kubectl) throws Exception {
        String space = namespace(kubectl, "changes");
        Path manifest = Files.writeString(scratch.resolve("service.yaml"), """
                apiVersion: v1
                kind: Service
                metadata: {name: front}
                spec:
                  clusterIP: None
                  selector: {app: front}
                  ports:
                  - {name: http, port: 80}
                  - {name: admin, port: 81}
                """);
        printed(kubectl, "-n", space, "apply", "-f", manifest.toString());
        printed(kubectl, "-n", space, "label", "service", "front", "tier=web");
        printed(kubectl, "-n", space, "annotate", "service", "front", "note=kept");
        printed(
                kubectl,
                "-n",
                space,
                "patch",
                "service",
                "front",
                "-p",
                "{\"spec\":{\"ports\":[{\"port\":82,\"name\":\"more\"}]}}");
        assertThat(ports(kubectl, space)).isEqualTo("82 80 81");
        printed(
                kubectl,
                "-n",
                space,
                "patch",
                "service",
                "front",
                "--type=json",
                "-p",
                "[{\"op\":\"remove\",\"path\":\"/spec/ports/0\"}]");
        Files.writeString(manifest, Files.readString(manifest).replace("port: 81", "port: 8081"));
        Kubectl.Ended diff = run(kubectl, "-n", space, "diff", "-f", manifest.toString());
        assertThat(diff.code()).as(diff.errors()).isEqualTo(1);
        assertThat(diff.output()).contains("-    port: 81", "+    port: 8081");
        printed(kubectl, "-n", space, "apply", "-f", manifest.toString());
        assertThat(ports(kubectl, space)).isEqualTo("80 8081");
        assertThat(run(kubectl, "-n", space, "diff", "-f", manifest.toString()).code())
                .isZero();
        Path whole = scratch.resolve("whole.yaml");
        Files.writeString(
                whole,
                printed(kubectl, "-n", space, "get", "service", "front", "-o", "yaml")
                        .replace("8081", "8082"));
        printed(kubectl, "-n", space, "replace", "-f", whole.toString());
        assertThat(ports(kubectl, space)).isEqualTo("80 8082");
        Kubectl.Ended edited = kubectl(Path.of(kubectl))
                .with("KUBE_EDITOR", "sed -i s/8082/8083/")
                .run("", "-n", space, "edit", "service", "front");
        assertThat(edited.code()).as(edited.errors()).isZero();
        assertThat(ports(kubectl, space)).isEqualTo("80 8083");
        assertThat(printed(
                        kubectl,
                        "-n",
                        space,
                        "get",
                        "service",
                        "front",
                        "-o",
                        "jsonpath={.metadata.labels.tier} {.metadata.annotations.note}"))
                .isEqualTo("web kept");
        // Elements are told apart by their port: what kubectl edit owns stays, so the file says the same.
        Files.writeString(manifest, Files.readString(manifest).replace("8081", "8083"));
        printed(kubectl, "-n", space, "apply", "--server-side", "--force-conflicts", "-f", manifest.toString());
        assertThat(ports(kubectl, space)).isEqualTo("80 8083");
    }

    @ParameterizedTest
    @MethodSource("clients")
    void whatIsWrongIsSaid(String kubectl) throws Exception {
        Path wrong = Files.writeString(scratch.resolve("wrong.yaml"), """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: wrong}
                dta: {a: b}
                """);
        assertThat(run(kubectl, "apply", "-f", wrong.toString()).errors()).contains("unknown field", "dta");
        Path invalid = Files.writeString(scratch.resolve("invalid.yaml"), """
                apiVersion: v1
                kind: Pod
                metadata: {name: invalid}
                spec: {containers: [{name: UPPER, image: a}]}
                """);
        assertThat(run(kubectl, "create", "-f", invalid.toString()).errors())
                .contains("The Pod \"invalid\" is invalid: spec.containers[0].name: Invalid value: \"UPPER\"");
        assertThat(run(kubectl, "get", "nothing").errors())
                .contains("the server doesn't have a resource type \"nothing\"");
        assertThat(run(kubectl, "get", "configmap", "none").errors()).contains("configmaps \"none\" not found");
    }

    @ParameterizedTest
    @MethodSource("clients")
    void explainAndRights(String kubectl) throws Exception {
        assertThat(printed(kubectl, "explain", "deployment.spec.strategy"))
                .contains("strategy")
                .contains("DeploymentStrategy describes how to replace existing pods with new ones.")
                .doesNotContain("V1DeploymentStrategy");
        assertThat(printed(kubectl, "explain", "pod.spec.containers.resources.limits"))
                .contains("Limits describes the maximum amount of compute resources allowed.");
        assertThat(printed(kubectl, "explain", "quotapool.spec")).contains("capacity", "namespaces");
        assertThat(printed(kubectl, "auth", "can-i", "create", "pods")).contains("yes");
        assertThat(printed(kubectl, "auth", "can-i", "--list")).contains("*.*");
        assertThat(printed(kubectl, "api-resources", "-o", "name"))
                .contains("deployments.apps", "quotapools.waybill.dev");
        assertThat(printed(kubectl, "version")).contains("Server Version");
        assertThat(printed(kubectl, "cluster-info")).contains("is running at");
        assertThat(printed(kubectl, "get", "--raw", "/readyz")).isEqualTo("ok");
    }

    private static String ports(String kubectl, String space) throws Exception {
        return printed(kubectl, "-n", space, "get", "service", "front", "-o", "jsonpath={.spec.ports[*].port}");
    }

    private static String namespace(String kubectl, String name) throws Exception {
        String space = name + (kubectl.endsWith("1.20") ? "-old" : "-new");
        printed(kubectl, "create", "namespace", space);
        return space;
    }

    private static String printed(String kubectl, String... arguments) throws Exception {
        Kubectl.Ended ended = run(kubectl, arguments);
        assertThat(ended.code())
                .as(String.join(" ", arguments) + ": " + ended.errors())
                .isZero();
        return ended.output();
    }

    private static Kubectl.Ended run(String kubectl, String... arguments) throws Exception {
        return kubectl(Path.of(kubectl)).run("", arguments);
    }
}
