package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** An agent that takes over reads what the one before it wrote, and one after a step back reads what it writes. */
class PodStateOnDiskTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String WRITTEN = """
            {"sandbox": "NONE", "podIp": "10.0.0.2", "sandboxMessage": "no", "sandboxRetryAt": "2026-01-01T00:00:07Z",
             "startTime": "2026-01-01T00:00:00Z", "gone": true, "terminated": false,
             "containers": {
               "main": {"name": "main", "phase": "RUNNING", "attempt": 1, "containerId": "c1", "pid": 42,
                 "startedAt": "2026-01-01T00:00:01Z", "waitingReason": "", "waitingMessage": "", "retryAt": null,
                 "backOff": {"millis": 10000, "since": "2026-01-01T00:00:02Z"},
                 "last": {"containerId": "c0", "exitCode": 3, "reason": "Error", "message": "m", "oomKilled": false,
                          "startedAt": null, "finishedAt": "2026-01-01T00:00:03Z"},
                 "termSentAt": "2026-01-01T00:00:04Z", "killSentAt": null, "resources": null,
                 "probes": {"READINESS": {"verdict": "PASSED", "due": "2026-01-01T00:00:05Z", "asked": null,
                                          "well": true, "same": 2}},
                 "hooks": {"postStartAt": "2026-01-01T00:00:06Z", "postStartFailed": true, "preStopAt": null,
                           "preStopDoneAt": null}, "stopSignal": "SIGQUIT"},
               "late": {"name": "late", "phase": "WAITING", "attempt": 2, "containerId": "", "pid": 0,
                 "startedAt": null, "waitingReason": "CrashLoopBackOff", "waitingMessage": "back-off",
                 "retryAt": "2026-01-01T00:00:08Z", "backOff": {"millis": 0, "since": "1970-01-01T00:00:00Z"},
                 "last": null, "termSentAt": null, "killSentAt": null, "resources": null, "probes": null,
                 "hooks": null, "stopSignal": null}},
             "images": {"app:1": {"reference": "app:1", "phase": "REQUESTED", "requestId": "r",
               "at": "2026-01-01T00:00:00Z", "askedAt": "2026-01-01T00:00:00Z", "localAsked": false,
               "backOff": {"millis": 0, "since": "1970-01-01T00:00:00Z"}, "reason": "", "message": "", "facts": null}},
             "deadlinePassedAt": null, "ending": {"reason": "Evicted", "message": "too much"}}""";

    /** What was not there yet has its meaning of then. */
    @Test
    void fieldsThatCameLaterMayBeMissing() {
        PodState state = JSON.readValue(WRITTEN.replace(", \"stopSignal\": \"SIGQUIT\"", ""), PodState.class);
        assertThat(state.container("main").stopSignal()).isEqualTo(StopSignal.TERM);
        assertThat(state.container("main").hookState().postStartFailed()).isTrue();
    }

    @Test
    void itsPartsLieSideBySide() {
        PodState state = JSON.readValue(WRITTEN, PodState.class);
        assertThat(state.sandboxRetryAt()).isEqualTo(Instant.parse("2026-01-01T00:00:07Z"));
        assertThat(state.gone()).isTrue();
        assertThat(state.container("main").termSentAt()).isEqualTo(Instant.parse("2026-01-01T00:00:04Z"));
        assertThat(state.container("main").hookState().postStartFailed()).isTrue();
        assertThat(state.container("main").stopSignal().number()).isEqualTo(3);
        assertThat(state.container("late").waitingReason()).isEqualTo("CrashLoopBackOff");
        assertThat(JSON.readTree(JSON.writeValueAsString(state))).isEqualTo(JSON.readTree(WRITTEN));
    }
}
