package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PodStateMachineTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final ImageFacts IMAGE = new ImageFacts("app:1", "sha256:1", "app@sha256:2", List.of("/l"), "{}");

    private Instant now = START;
    private PodSpec pod = pod("Always", "");
    private PodState state = PodState.fresh(pod, now);

    private static PodSpec pod(String restartPolicy, String metadata) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web" %s},
                 "spec": {"restartPolicy": "%s", "terminationGracePeriodSeconds": 5,
                          "containers": [{"name": "main", "image": "app:1"}]}}""".formatted(metadata, restartPolicy)));
    }

    private List<PodEffect> decide() {
        PodStateMachine.Decision decision = PodStateMachine.decide(pod, state, now, "r1");
        state = decision.state();
        return decision.effects();
    }

    private void happen(PodFact fact) {
        state = PodStateMachine.replay(pod, state, fact, now);
    }

    private void pass(long seconds) {
        now = now.plusSeconds(seconds);
    }

    private void run() {
        decide();
        happen(new PodFact.ImageIsReady("app:1", IMAGE));
        happen(new PodFact.SandboxReady("10.0.0.2"));
        startMain();
    }

    private void startMain() {
        decide();
        int attempt = state.container("main").attempt();
        happen(new PodFact.ContainerRuns("main", attempt, "c" + attempt, 42, now));
    }

    private void end(int exitCode) {
        int attempt = state.container("main").attempt();
        String reason = Termination.reasonOf(exitCode, false);
        happen(new PodFact.ContainerEnded(
                "main", attempt, new Termination("c" + attempt, exitCode, reason, "", false, now, now)));
    }

    private JsonNode status() {
        return PodStatus.of(pod, state, "127.0.0.1", null, now);
    }

    @Test
    void asksForImageAndSandboxTogetherThenStarts() {
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.RequestImage.class, PodEffect.CreateSandbox.class);
        assertThat(decide()).isEmpty();
        happen(new PodFact.SandboxReady("10.0.0.2"));
        assertThat(decide()).isEmpty();
        happen(new PodFact.ImageIsReady("app:1", IMAGE));
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
        assertThat(status().path("phase").asString()).isEqualTo("Pending");
    }

    @Test
    void runningPodSaysSoInKubernetesWords() {
        run();
        JsonNode status = status();
        assertThat(status.path("phase").asString()).isEqualTo("Running");
        assertThat(status.path("podIP").asString()).isEqualTo("10.0.0.2");
        JsonNode container = status.path("containerStatuses").path(0);
        assertThat(container.path("containerID").asString()).isEqualTo("crun://c0");
        assertThat(container.path("ready").asBoolean()).isTrue();
        List<String> conditions = new ArrayList<>();
        status.path("conditions")
                .forEach(condition -> conditions.add(condition.path("type").asString() + "="
                        + condition.path("status").asString()));
        assertThat(conditions)
                .containsExactly(
                        "PodReadyToStartContainers=True", "Initialized=True", "ContainersReady=True", "Ready=True");
    }

    @Test
    void firstRestartIsAtOnceTheSecondWaitsTenSeconds() {
        run();
        end(1);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
        happen(new PodFact.ContainerRuns("main", 1, "c1", 43, now));
        end(1);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.AnnounceBackOff.class);
        JsonNode waiting =
                status().path("containerStatuses").path(0).path("state").path("waiting");
        assertThat(waiting.path("reason").asString()).isEqualTo("CrashLoopBackOff");
        assertThat(waiting.path("message").asString())
                .isEqualTo("back-off 10s restarting failed container=main pod=web_shop(u1)");
        pass(9);
        assertThat(decide()).isEmpty();
        pass(1);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
    }

    @Test
    void anEvictedPodEndsForGoodAndSaysWhy() {
        run();
        happen(new PodFact.Evicted("too much"));
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGTERM));
        pass(1);
        assertThat(decide()).as("whatever its grace period is").hasSize(1);
        end(137);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.RemoveSandbox.class);
        happen(new PodFact.SandboxRemoved());
        assertThat(decide()).as("Always, but not after this").isEmpty();
        assertThat(status().path("phase").asString()).isEqualTo("Failed");
        assertThat(status().path("reason").asString()).isEqualTo("Evicted");
        assertThat(status().path("message").asString()).isEqualTo("too much");
    }

    @Test
    void neverEndsThePodAndFreesItsSandbox() {
        pod = pod("Never", "");
        run();
        end(3);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.RemoveSandbox.class);
        happen(new PodFact.SandboxRemoved());
        assertThat(decide()).isEmpty();
        assertThat(status().path("phase").asString()).isEqualTo("Failed");
        assertThat(status().path("containerStatuses")
                        .path(0)
                        .path("state")
                        .path("terminated")
                        .path("exitCode")
                        .asInt())
                .isEqualTo(3);
    }

    @Test
    void deletionTermsThenKillsThenAnnounces() {
        run();
        pod = pod("Always", ", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\", \"deletionGracePeriodSeconds\": 5");
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGTERM));
        pass(4);
        assertThat(decide()).isEmpty();
        pass(1);
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGKILL));
        end(137);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.RemoveSandbox.class);
        happen(new PodFact.SandboxRemoved());
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.AnnounceTerminated.class);
        assertThat(decide()).isEmpty();
        happen(new PodFact.PodGone());
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.ForgetPod.class);
    }

    @Test
    void failedPullIsTriedAgainAfterItsBackOff() {
        decide();
        happen(new PodFact.ImageFailed("app:1", "ErrImagePull", "no such host"));
        assertThat(waitingReason()).isEqualTo("ErrImagePull");
        pass(2);
        assertThat(waitingReason()).isEqualTo("ImagePullBackOff");
        assertThat(decide()).isEmpty();
        pass(8);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.RequestImage.class);
    }

    private String waitingReason() {
        return status().path("containerStatuses")
                .path(0)
                .path("state")
                .path("waiting")
                .path("reason")
                .asString();
    }

    @Test
    void unansweredRequestUsesLocalImageThenAsksAgain() {
        decide();
        pass(2);
        assertThat(decide()).containsExactly(new PodEffect.UseLocalImage("app:1"));
        pass(8);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.RequestImage.class);
    }

    @Test
    void missingConfigMapWaitsForItsArrival() {
        decide();
        happen(new PodFact.ImageIsReady("app:1", IMAGE));
        happen(new PodFact.SandboxReady("10.0.0.2"));
        decide();
        happen(new PodFact.ContainerNotStarted("main", 0, "CreateContainerConfigError", "configmap \"x\" not found"));
        assertThat(waitingReason()).isEqualTo("CreateContainerConfigError");
        assertThat(decide()).isEmpty();
        happen(new PodFact.ObjectArrived());
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
    }

    @Test
    void factsOfAnEarlierAttemptChangeNothing() {
        run();
        PodState before = state;
        happen(new PodFact.ContainerEnded("main", 7, new Termination("c7", 0, "Completed", "", false, now, now)));
        assertThat(state).isEqualTo(before);
    }

    private static PodSpec sized(String cpu) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
                 "spec": {"containers": [{"name": "main", "image": "app:1",
                   "resources": {"limits": {"cpu": "%s", "memory": "64Mi"}}}]}}""".formatted(cpu)));
    }

    @Test
    void changedResourcesReachTheRunningContainerOnce() {
        pod = sized("1");
        run();
        assertThat(decide()).isEmpty();
        pod = sized("2");
        ContainerSpec main = pod.containers().getFirst();
        assertThat(decide()).containsExactly(new PodEffect.UpdateResources(List.of(main)));
        happen(new PodFact.ResourcesUpdated("main", 0, main.wishes()));
        assertThat(decide()).isEmpty();
        JsonNode container = status().path("containerStatuses").path(0);
        assertThat(container.path("allocatedResources").path("cpu").asString()).isEqualTo("2");
        assertThat(container.path("resources").path("limits").path("memory").asString())
                .isEqualTo("64Mi");
    }

    @Test
    void aResizePolicyMayWantARestart() {
        pod = withPolicy("1");
        run();
        pod = withPolicy("2");
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGTERM));
        end(143);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
        happen(new PodFact.ContainerRuns("main", 1, "c1", 43, now));
        assertThat(decide()).isEmpty();
    }

    private static PodSpec withPolicy(String cpu) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
                 "spec": {"containers": [{"name": "main", "image": "app:1",
                   "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
                   "resources": {"limits": {"cpu": "%s"}}}]}}""".formatted(cpu)));
    }

    @Test
    void aRefusedChangeIsSaidAndTriedAgainLater() {
        pod = sized("1");
        run();
        pod = sized("2");
        decide();
        happen(new PodFact.ResourcesRefused(
                "main", 0, pod.containers().getFirst().wishes(), "no room"));
        assertThat(decide()).isEmpty();
        assertThat(status().toString()).contains("PodResizeInProgress", "main: no room", "\"cpu\":\"1\"");
        pass(10);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.UpdateResources.class);
        pod = sized("1");
        assertThat(decide()).as("back to what is in force").hasExactlyElementsOfTypes(PodEffect.UpdateResources.class);
    }

    @Test
    void aPodThatRanForAsLongAsItMayIsEndedForGood() {
        pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
                 "spec": {"activeDeadlineSeconds": 60, "terminationGracePeriodSeconds": 5,
                          "containers": [{"name": "main", "image": "app:1"}]}}"""));
        state = PodState.fresh(pod, now);
        run();
        pass(59);
        assertThat(decide()).isEmpty();
        pass(1);
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGTERM));
        end(0);
        assertThat(decide()).containsExactly(new PodEffect.RemoveSandbox());
        assertThat(PodStatus.of(pod, state, "10.0.0.1", null, now)
                        .path("reason")
                        .asString(""))
                .isEqualTo("DeadlineExceeded");
        assertThat(PodStatus.phase(pod, state)).isEqualTo("Failed");
    }

    @Test
    void aRefusedPodFailsForGood() {
        decide();
        state = PodStateMachine.replay(pod, state, new PodFact.PodRefused("SysctlForbidden", "no"), now);
        assertThat(decide()).containsExactly(new PodEffect.RemoveSandbox());
        state = PodStateMachine.replay(pod, state, new PodFact.SandboxRemoved(), now);
        assertThat(decide()).isEmpty();
        JsonNode status = PodStatus.of(pod, state, "10.0.0.1", null, now);
        assertThat(status.path("phase").asString()).isEqualTo("Failed");
        assertThat(status.path("reason").asString()).isEqualTo("SysctlForbidden");
        assertThat(status.path("message").asString()).isEqualTo("Pod was rejected: no");
    }

    @Test
    void whoFinishedInTimeIsNotEndedByTheDeadline() {
        pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
                 "spec": {"activeDeadlineSeconds": 60, "restartPolicy": "Never",
                          "containers": [{"name": "main", "image": "app:1"}]}}"""));
        state = PodState.fresh(pod, now);
        run();
        end(0);
        decide();
        pass(120);
        decide();
        assertThat(PodStatus.phase(pod, state)).isEqualTo("Succeeded");
    }

    private static PodSpec withHooks(String metadata) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web" %s},
                 "spec": {"terminationGracePeriodSeconds": 5,
                          "containers": [{"name": "main", "image": "app:1", "lifecycle": {
                            "postStart": {"exec": {"command": ["a"]}},
                            "preStop": {"sleep": {"seconds": 3}}}}]}}""".formatted(metadata)));
    }

    @Test
    void aPostStartThatFailsEndsTheContainerWhichIsStartedAgain() {
        pod = withHooks("");
        state = PodState.fresh(pod, now);
        run();
        assertThat(decide()).hasSize(1).first().isInstanceOfSatisfying(PodEffect.RunHook.class, hook -> {
            assertThat(hook.hook()).isEqualTo(Hook.POST_START);
            assertThat(hook.action()).isEqualTo(new ProbeSpec.Action.Exec(List.of("a")));
        });
        assertThat(decide()).as("once").isEmpty();
        happen(new PodFact.HookEnded("main", 0, Hook.POST_START, false));
        assertThat(decide())
                .first()
                .isInstanceOfSatisfying(
                        PodEffect.RunHook.class, hook -> assertThat(hook.hook()).isEqualTo(Hook.PRE_STOP));
        happen(new PodFact.HookEnded("main", 0, Hook.PRE_STOP, true));
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGTERM));
        end(143);
        assertThat(decide()).anyMatch(effect -> effect instanceof PodEffect.StartContainer);
    }

    @Test
    void preStopComesBeforeTheSignalWithinTheGracePeriod() {
        pod = withHooks("");
        state = PodState.fresh(pod, now);
        run();
        decide();
        happen(new PodFact.HookEnded("main", 0, Hook.POST_START, true));
        pod = withHooks(", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\"");
        assertThat(decide()).hasSize(1).first().isInstanceOf(PodEffect.RunHook.class);
        pass(3);
        assertThat(decide()).isEmpty();
        happen(new PodFact.HookEnded("main", 0, Hook.PRE_STOP, true));
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGTERM));
        pass(1);
        assertThat(decide()).as("the grace period counts from the hook's begin").isEmpty();
        pass(1);
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGKILL));
    }

    @Test
    void aPreStopThatTakesTooLongIsPassedByAndTwoSecondsAreLeft() {
        pod = withHooks(", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\"");
        state = PodState.fresh(pod, now);
        PodSpec deleting = pod;
        pod = withHooks("");
        run();
        decide();
        pod = deleting;
        decide();
        pass(5);
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGTERM));
        pass(1);
        assertThat(decide()).isEmpty();
        pass(1);
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGKILL));
    }

    @Test
    void sidecarsEndAfterTheOthersTheLastStartedFirst() {
        String spec = """
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web" %s},
                 "spec": {"terminationGracePeriodSeconds": 5,
                          "initContainers": [{"name": "s1", "image": "app:1", "restartPolicy": "Always"},
                                             {"name": "s2", "image": "app:1", "restartPolicy": "Always"}],
                          "containers": [{"name": "main", "image": "app:1"}]}}""";
        pod = PodParser.parse(new JsonMapper().readTree(spec.formatted("")));
        state = PodState.fresh(pod, now);
        decide();
        happen(new PodFact.ImageIsReady("app:1", IMAGE));
        happen(new PodFact.SandboxReady("10.0.0.2"));
        for (String name : List.of("s1", "s2", "main")) {
            decide();
            happen(new PodFact.ContainerRuns(name, 0, name, 42, now));
        }
        pod = PodParser.parse(
                new JsonMapper().readTree(spec.formatted(", \"deletionTimestamp\": \"2026-01-01T00:00:05Z\"")));
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "main", PodStateMachine.SIGTERM));
        pass(4);
        endOf("main");
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("s2", "s2", PodStateMachine.SIGTERM));
        pass(2);
        assertThat(decide())
                .as("two seconds, though the pod was to be gone a second ago")
                .containsExactly(new PodEffect.SignalContainer("s2", "s2", PodStateMachine.SIGKILL));
        endOf("s2");
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("s1", "s1", PodStateMachine.SIGTERM));
        endOf("s1");
        assertThat(decide()).containsExactly(new PodEffect.RemoveSandbox());
    }

    private void endOf(String container) {
        happen(new PodFact.ContainerEnded(
                container, 0, new Termination(container, 0, "Completed", "", false, now, now)));
    }
}
