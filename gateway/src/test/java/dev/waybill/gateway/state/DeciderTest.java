package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.BindRefused;
import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.NodeStatusReported;
import dev.waybill.events.PatchType;
import dev.waybill.events.PodUnassigned;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Subject;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** One decision after another, in plain data. */
class DeciderTest {
    private final WriterBench writer = new WriterBench();

    @Test
    void theWriterGivesWhatOnlyItMayGive() {
        RequestOutcome created = writer.create(map("m", ",\"uid\":\"mine\",\"generation\":7"));
        assertThat(created.getCode()).isEqualTo(201);
        StoredObject map = writer.get("configmaps", "default", "m");
        assertThat(map.uid()).startsWith("uid-").isEqualTo(created.getUid());
        assertThat(map.revision()).isEqualTo(created.getRevision());
        assertThat(map.json().path("metadata").has("generation")).isFalse();
        assertThat(writer.create(map("m", "")).getReason()).isEqualTo("AlreadyExists");
        assertThat(writer.create(map("n", ",\"resourceVersion\":\"1\"")).getCode())
                .isEqualTo(400);
    }

    @Test
    void anUpdateOfAnOldVersionConflictsAndOneThatChangesNothingKeepsItsRevision() {
        writer.create(map("m", ""));
        StoredObject first = writer.get("configmaps", "default", "m");
        ObjectNode changed = first.copy();
        Json.child(changed, "data").put("k", "2");
        assertThat(writer.update(changed).getAccepted()).isTrue();
        RequestOutcome stale = writer.update(changed);
        assertThat(stale.getReason()).isEqualTo("Conflict");
        assertThat(stale.getMessage()).contains("the object has been modified");
        StoredObject second = writer.get("configmaps", "default", "m");
        assertThat(writer.update(second.copy()).getRevision()).isEqualTo(second.revision());
        assertThat(writer.patch(second, PatchType.MERGE, "{\"data\":{\"k\":null}}")
                        .getAccepted())
                .isTrue();
        assertThat(writer.get("configmaps", "default", "m").json().path("data").has("k"))
                .isFalse();
        assertThat(writer.patch(second, PatchType.JSON, "[{\"op\":\"remove\",\"path\":\"/none\"}]")
                        .getCode())
                .isEqualTo(422);
    }

    @Test
    void finalizersHoldADeletedObject() {
        writer.create(map("m", ",\"finalizers\":[\"example.com/hold\"]"));
        writer.delete(writer.get("configmaps", "default", "m"), "{}");
        StoredObject held = writer.get("configmaps", "default", "m");
        assertThat(held.deleting()).isTrue();
        assertThat(writer.patch(held, PatchType.MERGE, "{\"metadata\":{\"finalizers\":[\"example.com/other\"]}}")
                        .getMessage())
                .contains("no new finalizers can be added");
        writer.patch(held, PatchType.MERGE, "{\"metadata\":{\"finalizers\":null}}");
        assertThat(writer.find("configmaps", "default", "m")).isNull();
    }

    @Test
    void childrenFollowTheirOwnerAlsoAfterATakeover() {
        writer.create(map("owner", ""));
        String owner = writer.get("configmaps", "default", "owner").uid();
        for (int i = 0; i < 250; i++) {
            writer.create(map("child-" + i, owned(owner)));
        }
        writer.delete(writer.get("configmaps", "default", "owner"), "{}");
        writer.takeOver();
        writer.chores();
        assertThat(writer.image().list("", "configmaps", "default"))
                .extracting(StoredObject::name)
                .containsExactly("kube-root-ca.crt");
        assertThat(writer.image().indexes().children()).isEmpty();
    }

    @Test
    void everyBoundChildOfAGoneOwnerIsToldToEndAtOnce() {
        writer.node("n1", 1_000);
        writer.create(map("owner", ""));
        String owner = writer.get("configmaps", "default", "owner").uid();
        for (int i = 0; i < 150; i++) {
            writer.create(WriterBench.podManifest("p" + i, "1m", owned(owner)));
            writer.bind("p" + i, "n1");
        }
        writer.delete(writer.get("configmaps", "default", "owner"), "{}");
        writer.chores();
        assertThat(writer.image().list("", "pods", "default")).hasSize(150).allMatch(StoredObject::deleting);
        assertThat(writer.state().idle(writer.now())).isTrue();
    }

    @Test
    void foregroundDeletionWaitsForChildrenAndIsFoundAgainAfterATakeover() {
        writer.node("n1", 10);
        writer.create(map("owner", ""));
        String owner = writer.get("configmaps", "default", "owner").uid();
        writer.create(WriterBench.podManifest("p", "1m", owned(owner)));
        writer.bind("p", "n1");
        writer.delete(writer.get("configmaps", "default", "owner"), "{\"propagationPolicy\":\"Foreground\"}");
        writer.chores();
        assertThat(writer.get("configmaps", "default", "owner").deleting()).isTrue();
        writer.terminated(writer.get("pods", "default", "p"), "Succeeded", 1);
        writer.takeOver();
        writer.chores();
        assertThat(writer.find("configmaps", "default", "owner")).isNull();
    }

    @Test
    void orphansKeepTheirLives() {
        writer.create(map("owner", ""));
        writer.create(
                map("child", owned(writer.get("configmaps", "default", "owner").uid())));
        writer.delete(writer.get("configmaps", "default", "owner"), "{\"propagationPolicy\":\"Orphan\"}");
        writer.chores();
        assertThat(writer.find("configmaps", "default", "owner")).isNull();
        assertThat(writer.get("configmaps", "default", "child").raw()).doesNotContain("ownerReferences");
    }

    @Test
    void aPodWithoutPullSecretsGetsThoseOfItsAccount() {
        ObjectNode account =
                writer.get("serviceaccounts", "default", "default").json().deepCopy();
        account.putArray("imagePullSecrets").addObject().put("name", "registry");
        assertThat(writer.update(account).getCode()).isEqualTo(200);
        String pod = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\"},"
                + "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]%s}}";
        writer.create(pod.formatted("bare", ""));
        writer.create(pod.formatted("own", ",\"imagePullSecrets\":[{\"name\":\"mine\"}]"));
        assertThat(writer.get("pods", "default", "bare").raw())
                .contains("\"imagePullSecrets\":[{\"name\":\"registry\"}]");
        assertThat(writer.get("pods", "default", "own").raw()).doesNotContain("registry");
    }

    @Test
    void aNamespaceEndsWithEverythingInIt() {
        writer.create("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"shop\"}}");
        assertThat(writer.find("serviceaccounts", "shop", "default")).isNotNull();
        writer.create(map("m", "").replace("\"default\"", "\"shop\""));
        writer.delete(writer.get("namespaces", "", "shop"), "{}");
        RequestOutcome late = writer.create(map("n", "").replace("\"default\"", "\"shop\""));
        assertThat(late.getMessage()).contains("because it is being terminated");
        writer.takeOver();
        writer.chores();
        assertThat(writer.find("namespaces", "", "shop")).isNull();
        assertThat(writer.image().contentsOf("shop")).isEmpty();
        assertThat(writer.delete(writer.get("namespaces", "", "default"), "{}").getCode())
                .isEqualTo(403);
    }

    @Test
    void aBindingIsRefusedWithItsReason() {
        writer.node("small", 1);
        writer.node("n2", 10);
        writer.pod("a", "1");
        writer.pod("b", "1");
        writer.pod("big", "5");
        writer.bind("a", "small");
        assertThat(refused("b", "small")).isEqualTo("OutOfpods");
        assertThat(refused("big", "n2")).isEqualTo("OutOfcpu");
        assertThat(refused("a", "n2")).isEqualTo("AlreadyBound");
        assertThat(refused("b", "none")).isEqualTo("NodeGone");
        assertThat(refused("none", "n2")).isEqualTo("PodGone");
        writer.patch(writer.get("nodes", "", "n2"), PatchType.MERGE, "{\"spec\":{\"unschedulable\":true}}");
        assertThat(refused("b", "n2")).isEqualTo("NodeCordoned");
        assertThat(writer.bind("a", "small").changes()).as("said again").isEmpty();
    }

    @Test
    void quotaIsHeldAndSaysWhatIsTooMuch() {
        writer.create("""
                {"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q","namespace":"default"},
                 "spec":{"hard":{"pods":"2","requests.cpu":"1500m"}}}""");
        writer.pod("a", "1");
        RequestOutcome refused = writer.pod("b", "1");
        assertThat(refused.getCode()).isEqualTo(403);
        assertThat(refused.getMessage())
                .isEqualTo(
                        "pods \"b\" is forbidden: exceeded quota: q, requested: requests.cpu=1, used: requests.cpu=1,"
                                + " limited: requests.cpu=1500m");
        assertThat(used("requests.cpu")).isEqualTo("1");
        writer.delete(writer.get("pods", "default", "a"), "{}");
        assertThat(used("pods")).isEqualTo("0");
    }

    @Test
    void aRequestThatComesAgainIsAnsweredAgainAndNotDoneAgain() {
        DesiredStateRequest.Builder create = DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.CREATE)
                .setManifest(map("m", ""));
        RequestOutcome first = writer.published("local", create, "same", writer.now());
        assertThat(first.getAccepted()).isTrue();
        assertThat(writer.published("local", create, "same", writer.now())).isEqualTo(first);
        assertThat(writer.published("local", create, "another", writer.now()).getReason())
                .isEqualTo("AlreadyExists");
        RequestOutcome old =
                writer.published("local", create, "old", writer.now().minus(Duration.ofMinutes(11)));
        assertThat(old.getReason()).isEqualTo("Expired");
    }

    @Test
    void theSchedulerGetsItsOwnRightsWhateverNameItWrites() {
        DesiredStateRequest.Builder create = DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.CREATE)
                .setNamespace("default")
                .setUser("admin")
                .setGroups(java.util.List.of(Subject.ADMINISTRATORS));
        RequestOutcome map = writer.asked(Topics.SCHEDULER_REQUESTS, create.setManifest(map("m", "")));
        assertThat(map.getCode()).isEqualTo(403);
        assertThat(map.getMessage())
                .contains("User \"system:waybill:scheduler\" cannot create resource \"configmaps\"");
        assertThat(writer.asked(Topics.REQUESTS, create).getCode()).isEqualTo(201);
    }

    @Test
    void theMemoryOfRequestsIsBounded() {
        RememberedRequests memory = RememberedRequests.NONE;
        Instant now = writer.now();
        for (int i = 0; i < RememberedRequests.CAPACITY + 100; i++) {
            memory = memory.with(outcome("r" + i), now);
        }
        assertThat(memory.byId()).hasSizeLessThanOrEqualTo(RememberedRequests.CAPACITY);
        assertThat(memory.order()).hasSameSizeAs(memory.byId());
        assertThat(memory.outcomeOf("shop", "r0")).isNull();
        memory = memory.with(outcome("last"), now.plus(Duration.ofMinutes(11)));
        memory = memory.with(outcome("last"), now.plus(Duration.ofMinutes(11)));
        assertThat(memory.byId()).hasSizeLessThan(RememberedRequests.CAPACITY - 2);
    }

    @Test
    void aDryRunDecidesAndChangesNothing() {
        writer.create(map("m", ""));
        StoredObject map = writer.get("configmaps", "default", "m");
        long revision = writer.image().revision();
        RequestOutcome dry = writer.request(writer.about(RequestOperation.PATCH, map)
                .setPatchType(PatchType.MERGE)
                .setManifest("{\"data\":{\"k\":\"2\"}}")
                .setDryRun(true));
        assertThat(Json.text(Json.parse(dry.getObject()), "data", "k")).isEqualTo("2");
        assertThat(dry.getRevision()).isEqualTo(revision);
        assertThat(writer.image().revision()).isEqualTo(revision);
    }

    @Test
    void podsOfADeletedNodeAreCollectedAlsoAfterATakeover() {
        writer.node("n1", 200);
        for (int i = 0; i < 120; i++) {
            writer.pod("p" + i, "1m");
            writer.bind("p" + i, "n1");
        }
        writer.delete(writer.get("pods", "default", "p0"), "{}");
        writer.delete(writer.get("nodes", "", "n1"), "{}");
        writer.takeOver();
        writer.chores();
        assertThat(writer.image().list("", "pods", "default")).isEmpty();
        assertThat(writer.emissions)
                .filteredOn(sent -> sent.event() instanceof PodUnassigned)
                .hasSize(120);
    }

    @Test
    void nothingIsRememberedOfANodeThatIsGone() {
        writer.node("n1", 10);
        writer.event(
                Topics.NODE_STATUS,
                NodeStatusReported.newBuilder()
                        .setNodeName("n1")
                        .setNodeEpoch(1)
                        .setSequence(9)
                        .setStatus("{}")
                        .build());
        assertThat(writer.state().reports()).hasSize(1);
        writer.delete(writer.get("nodes", "", "n1"), "{}");
        assertThat(writer.state().reports()).isEmpty();
    }

    @Test
    void eventsExpireAnHourAfterTheyWereLastWrittenAndNoQuotaCountsThem() {
        writer.create("""
                {"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q","namespace":"default"},
                 "spec":{"hard":{"count/events":"0"}}}""");
        for (int i = 0; i < 50; i++) {
            assertThat(write("e" + i, Subject.EVENTS).getAccepted()).isTrue();
        }
        writer.pass(Duration.ofMinutes(50));
        assertThat(write("e0", Subject.EVENTS).getCode()).isEqualTo(200);
        writer.pass(Duration.ofMinutes(11));
        writer.takeOver();
        writer.chores();
        assertThat(writer.image().list("", "events", "default"))
                .extracting(StoredObject::name)
                .containsExactly("e0");
        writer.pass(Duration.ofMinutes(50));
        writer.chores();
        assertThat(writer.image().list("", "events", "default")).isEmpty();
    }

    @Test
    void whoWritesEventsMayWriteNothingElse() {
        RequestOutcome refused = writer.request(
                writer.about(RequestOperation.DELETE, writer.get("serviceaccounts", "default", "default"))
                        .setUser(Subject.EVENTS)
                        .setGroups(java.util.List.of()));
        assertThat(refused.getCode()).isEqualTo(403);
    }

    private RequestOutcome write(String name, String user) {
        return writer.request(DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.UPDATE)
                .setVersion("v1")
                .setResource("events")
                .setNamespace("default")
                .setName(name)
                .setUser(user)
                .setManifest("""
                        {"apiVersion":"v1","kind":"Event","metadata":{"name":"%s","namespace":"default"},
                         "involvedObject":{"kind":"Pod","namespace":"default","name":"p"},"reason":"R","message":"m",
                         "lastTimestamp":"%s"}""".formatted(name, writer.now())));
    }

    private String refused(String pod, String node) {
        Decision decision = writer.bind(pod, node);
        assertThat(decision.changes()).isEmpty();
        return decision.emissions().getFirst().event() instanceof BindRefused refused ? refused.getReason() : "";
    }

    private String used(String resource) {
        return Json.text(writer.get("resourcequotas", "default", "q").json(), "status", "used", resource);
    }

    private static RequestOutcome outcome(String id) {
        return RequestOutcome.newBuilder()
                .setRequestId(id)
                .setPublisher("shop")
                .setAccepted(true)
                .setCode(200)
                .build();
    }

    private static String map(String name, String metadata) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"" + metadata + "},\"data\":{\"k\":\"1\"}}";
    }

    private static String owned(String uid) {
        return ",\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"owner\",\"uid\":\"" + uid
                + "\",\"controller\":true,\"blockOwnerDeletion\":true}]";
    }
}
