package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.reflect.TypeToken;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubernetes.client.Copy;
import io.kubernetes.client.Exec;
import io.kubernetes.client.Metrics;
import io.kubernetes.client.PodLogs;
import io.kubernetes.client.PortForward;
import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.informer.ResourceEventHandler;
import io.kubernetes.client.informer.SharedIndexInformer;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.ApiextensionsV1Api;
import io.kubernetes.client.openapi.apis.ApisApi;
import io.kubernetes.client.openapi.apis.AppsV1Api;
import io.kubernetes.client.openapi.apis.BatchV1Api;
import io.kubernetes.client.openapi.apis.CoordinationV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.apis.CustomObjectsApi;
import io.kubernetes.client.openapi.apis.DiscoveryV1Api;
import io.kubernetes.client.openapi.apis.EventsV1Api;
import io.kubernetes.client.openapi.apis.RbacAuthorizationV1Api;
import io.kubernetes.client.openapi.apis.SchedulingV1Api;
import io.kubernetes.client.openapi.apis.StorageV1Api;
import io.kubernetes.client.openapi.apis.VersionApi;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.openapi.models.V1ContainerStatus;
import io.kubernetes.client.openapi.models.V1CustomResourceDefinition;
import io.kubernetes.client.openapi.models.V1Lease;
import io.kubernetes.client.openapi.models.V1LeaseSpec;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import io.kubernetes.client.util.PatchUtils;
import io.kubernetes.client.util.Watch;
import io.kubernetes.client.util.Yaml;
import io.kubernetes.client.util.generic.GenericKubernetesApi;
import io.kubernetes.client.util.generic.KubernetesApiResponse;
import io.kubernetes.client.util.generic.dynamic.DynamicKubernetesApi;
import io.kubernetes.client.util.generic.dynamic.DynamicKubernetesObject;
import io.kubernetes.client.util.generic.options.PatchOptions;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Kubernetes' own client for Java, as its users write. */
@Timeout(600)
class JavaClientIT extends OnePlatform {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final String NAMESPACE = "default";

    private static ApiClient client;
    private static CoreV1Api core;

    @BeforeAll
    static void start() throws Exception {
        begin("javaclient");
        try (KubernetesClient fabric8 = waybill.client()) {
            fabric8.load(Manifests.resource("client-pod.yaml", Map.of("image: box", "image: " + image)))
                    .inNamespace(NAMESPACE)
                    .create();
            fabric8.pods().inNamespace(NAMESPACE).withName("box").waitUntilReady(120, TimeUnit.SECONDS);
        }
        client = ClientBuilder.kubeconfig(
                        KubeConfig.loadKubeConfig(new StringReader(Files.readString(waybill.kubeconfig()))))
                .build();
        client.setReadTimeout(0); // watches and logs are quiet at times
        core = new CoreV1Api(client);
    }

    @Test
    void objectsAreMadeListedAndReplaced() throws Exception {
        for (String name : List.of("page-1", "page-2", "page-3")) {
            core.createNamespacedConfigMap(NAMESPACE, configMap(name).putDataItem("a", "1"))
                    .execute();
        }
        V1ConfigMapList page = core.listNamespacedConfigMap(NAMESPACE)
                .labelSelector("by=java")
                .fieldSelector("metadata.name!=page-2")
                .limit(1)
                .execute();
        assertThat(page.getItems())
                .singleElement()
                .satisfies(item ->
                        assertThat(item.getMetadata().getCreationTimestamp()).isNotNull());
        V1ConfigMapList rest = core.listNamespacedConfigMap(NAMESPACE)
                .labelSelector("by=java")
                .fieldSelector("metadata.name!=page-2")
                .limit(1)
                ._continue(page.getMetadata().getContinue())
                .execute();
        assertThat(rest.getItems().getFirst().getMetadata().getName()).isEqualTo("page-3");

        V1ConfigMap first = core.readNamespacedConfigMap("page-1", NAMESPACE).execute();
        core.replaceNamespacedConfigMap("page-1", NAMESPACE, first.putDataItem("a", "2"))
                .execute();
        failed(
                409,
                "Conflict",
                () -> core.replaceNamespacedConfigMap("page-1", NAMESPACE, first)
                        .execute());
        failed(
                409,
                "AlreadyExists",
                () -> core.createNamespacedConfigMap(NAMESPACE, configMap("page-1"))
                        .execute());
        failed(
                422,
                "Invalid",
                () -> core.createNamespacedConfigMap(NAMESPACE, configMap("No_Name"))
                        .execute());
        assertThat(core.deleteNamespacedConfigMap("page-1", NAMESPACE).execute().getStatus())
                .isEqualTo("Success");
        failed(
                404,
                "NotFound",
                () -> core.readNamespacedConfigMap("page-1", NAMESPACE).execute());
    }

    @Test
    void patchesOfAllFourKinds() throws Exception {
        core.createNamespacedConfigMap(NAMESPACE, configMap("patched").putDataItem("a", "1"))
                .execute();
        patch("[{\"op\":\"add\",\"path\":\"/data/json\",\"value\":\"2\"}]", V1Patch.PATCH_FORMAT_JSON_PATCH, false);
        patch("{\"data\":{\"merge\":\"3\"}}", V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH, false);
        patch("{\"data\":{\"strategic\":\"4\",\"a\":null}}", V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH, false);
        String applied = """
                {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"patched"},"data":{"VALUE":"5"}}""";
        V1ConfigMap after = patch(applied.replace("VALUE", "applied"), V1Patch.PATCH_FORMAT_APPLY_YAML, true);
        assertThat(after.getData()).isEqualTo(Map.of("json", "2", "merge", "3", "strategic", "4", "applied", "5"));
        failed(409, "Conflict", () -> patch(applied.replace("VALUE", "merge"), V1Patch.PATCH_FORMAT_APPLY_YAML, true));

        var generic =
                new GenericKubernetesApi<>(V1ConfigMap.class, V1ConfigMapList.class, "", "v1", "configmaps", client);
        PatchOptions options = new PatchOptions().fieldManager("java");
        options.setForce(true);
        KubernetesApiResponse<V1ConfigMap> forced = generic.patch(
                NAMESPACE,
                "patched",
                V1Patch.PATCH_FORMAT_APPLY_YAML,
                new V1Patch(applied.replace("VALUE", "merge")),
                options);
        assertThat(forced.throwsApiException().getObject().getData())
                .containsEntry("merge", "5")
                .doesNotContainKey("applied");
        assertThat(generic.delete(NAMESPACE, "patched").isSuccess()).isTrue();
        assertThat(generic.get(NAMESPACE, "patched").getHttpStatusCode()).isEqualTo(404);
    }

    @Test
    void anInformerFollowsAndAWatchGoesOnFromWhereItWas() throws Exception {
        SharedInformerFactory factory = new SharedInformerFactory(client);
        SharedIndexInformer<V1ConfigMap> informer = factory.sharedIndexInformerFor(
                asked -> core.listNamespacedConfigMap(NAMESPACE)
                        .resourceVersion(asked.resourceVersion)
                        .timeoutSeconds(asked.timeoutSeconds)
                        .watch(asked.watch)
                        .buildCall(null),
                V1ConfigMap.class,
                V1ConfigMapList.class);
        List<String> told = new CopyOnWriteArrayList<>();
        informer.addEventHandler(telling(told));
        factory.startAllRegisteredInformers();
        Eventually.within(SOON, "the informer has its list", informer::hasSynced);
        core.createNamespacedConfigMap(NAMESPACE, configMap("followed")).execute();
        Eventually.within(SOON, "the addition is told", () -> told.contains("added followed"));
        V1ConfigMap seen = core.readNamespacedConfigMap("followed", NAMESPACE).execute();
        core.replaceNamespacedConfigMap("followed", NAMESPACE, seen.putDataItem("v", "2"))
                .execute();
        Eventually.within(SOON, "the change is told", () -> told.contains("changed followed"));
        assertThat(informer.getIndexer().getByKey(NAMESPACE + "/followed").getData())
                .containsEntry("v", "2");
        factory.stopAllRegisteredInformers(true);

        core.deleteNamespacedConfigMap("followed", NAMESPACE).execute();
        try (Watch<V1ConfigMap> watch = Watch.createWatch(
                client,
                core.listNamespacedConfigMap(NAMESPACE)
                        .resourceVersion(seen.getMetadata().getResourceVersion())
                        .watch(true)
                        .buildCall(null),
                new TypeToken<Watch.Response<V1ConfigMap>>() {}.getType())) {
            List<String> missed = new ArrayList<>();
            while (!missed.contains("DELETED followed")) {
                var event = watch.next();
                missed.add(event.type + " " + event.object.getMetadata().getName());
            }
            assertThat(missed).containsSubsequence("MODIFIED followed", "DELETED followed");
        }
    }

    @Test
    void customResourcesAreLikeOthers() throws Exception {
        V1CustomResourceDefinition definition = Yaml.loadAs("""
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: boats.javaclient.example.com}
                spec:
                  group: javaclient.example.com
                  scope: Namespaced
                  names: {plural: boats, singular: boat, kind: Boat, listKind: BoatList}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    subresources: {status: {}}
                    schema:
                      openAPIV3Schema:
                        type: object
                        properties:
                          spec: {type: object, properties: {oars: {type: integer, minimum: 1}}}
                          status: {type: object, properties: {port: {type: string}}}
                """, V1CustomResourceDefinition.class);
        new ApiextensionsV1Api(client)
                .createCustomResourceDefinition(definition)
                .execute();
        DynamicKubernetesApi boats = new DynamicKubernetesApi("javaclient.example.com", "v1", "boats", client);
        JsonObject boat = JsonParser.parseString("""
                        {"apiVersion":"javaclient.example.com/v1","kind":"Boat",
                         "metadata":{"name":"dinghy","namespace":"default"},"spec":{"oars":2}}""").getAsJsonObject();
        Eventually.within(
                SOON,
                "the kind is served",
                () -> boats.create(new DynamicKubernetesObject(boat)).isSuccess());
        PatchUtils.patch(
                Object.class,
                () -> new CustomObjectsApi(client)
                        .patchNamespacedCustomObjectStatus(
                                "javaclient.example.com",
                                "v1",
                                NAMESPACE,
                                "boats",
                                "dinghy",
                                new V1Patch("[{\"op\":\"add\",\"path\":\"/status\",\"value\":{\"port\":\"sea\"}}]"))
                        .buildCall(null),
                V1Patch.PATCH_FORMAT_JSON_PATCH,
                client);
        KubernetesApiResponse<DynamicKubernetesObject> sailed = boats.updateStatus(
                boats.get(NAMESPACE, "dinghy").getObject(), each -> JsonParser.parseString("{\"port\":\"home\"}"));
        assertThat(sailed.throwsApiException()
                        .getObject()
                        .getRaw()
                        .getAsJsonObject("status")
                        .get("port")
                        .getAsString())
                .isEqualTo("home");
        KubernetesApiResponse<DynamicKubernetesObject> refused = boats.patch(
                NAMESPACE, "dinghy", V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH, new V1Patch("{\"spec\":{\"oars\":0}}"));
        assertThat(refused.getHttpStatusCode()).isEqualTo(422);
        assertThat(refused.getStatus().getMessage()).contains("spec.oars: Invalid value: 0");
        assertThat(boats.list(NAMESPACE).getObject().getItems()).hasSize(1);
        assertThat(boats.delete(NAMESPACE, "dinghy").isSuccess()).isTrue();
    }

    @Test
    void logsCommandsAndCopies() throws Exception {
        try (InputStream log = new PodLogs(client).streamNamespacedPodLog(NAMESPACE, "box", "main");
                BufferedReader lines = new BufferedReader(new InputStreamReader(log, StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("tick");
        }
        Process process = new Exec(client)
                .exec(NAMESPACE, "box", new String[] {"sh", "-c", "read a; echo $a; echo wrong >&2; exit 7"}, true);
        InputStream out = process.getInputStream();
        InputStream errors = process.getErrorStream();
        try (OutputStream in = process.getOutputStream()) {
            in.write("typed\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(out.readAllBytes()).asString().isEqualTo("typed\n");
        assertThat(errors.readAllBytes()).asString().isEqualTo("wrong\n");
        assertThat(process.waitFor()).isEqualTo(7);

        Copy copy = new Copy(client);
        byte[] cargo = "cargo".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        copy.copyFileToPod(NAMESPACE, "box", "main", cargo, Path.of("/tmp/there"));
        try (InputStream back = copy.copyFileFromPod(NAMESPACE, "box", "main", "/tmp/there")) {
            assertThat(back.readAllBytes()).isEqualTo(cargo);
        }
    }

    @Test
    void aPortIsForwarded() throws Exception {
        PortForward.PortForwardResult forwarded = new PortForward(client).forward(NAMESPACE, "box", List.of(8080));
        try (forwarded) {
            forwarded.getOutboundStream(8080).write("GET /hello HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            forwarded.getOutboundStream(8080).flush();
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(forwarded.getInputStream(8080), StandardCharsets.UTF_8));
            assertThat(lines.readLine()).contains("200 OK");
        }
    }

    /** Its models refuse a field that they do not know, and one that is missing. */
    @Test
    void whatAClusterHoldsIsWhatTheModelsKnow() throws Exception {
        try (KubernetesClient fabric8 = waybill.client()) {
            fabric8.resource(Manifests.deployment(NAMESPACE, "strict", image, 1))
                    .create();
            fabric8.apps()
                    .deployments()
                    .inNamespace(NAMESPACE)
                    .withName("strict")
                    .waitUntilReady(120, TimeUnit.SECONDS);
        }
        ok("", "expose", "deployment", "strict", "--port", "80");
        ok("", "create", "job", "strict", "--image", image, "--", "true");
        assertThat(core.listNamespace().execute().getItems()).isNotEmpty();
        assertThat(core.listNode().execute().getItems()).isNotEmpty();
        assertThat(core.listPodForAllNamespaces().execute().getItems()).hasSize(2);
        assertThat(core.listServiceForAllNamespaces().execute().getItems()).isNotEmpty();
        assertThat(core.listEndpointsForAllNamespaces().execute().getItems()).isNotEmpty();
        assertThat(core.listServiceAccountForAllNamespaces().execute().getItems())
                .isNotEmpty();
        assertThat(core.listConfigMapForAllNamespaces().execute().getItems()).isNotEmpty();
        assertThat(core.listEventForAllNamespaces().execute().getItems()).isNotEmpty();
        assertThat(new DiscoveryV1Api(client)
                        .listEndpointSliceForAllNamespaces()
                        .execute()
                        .getItems())
                .isNotEmpty();
        assertThat(new EventsV1Api(client).listEventForAllNamespaces().execute().getItems())
                .isNotEmpty();
        AppsV1Api apps = new AppsV1Api(client);
        assertThat(apps.listDeploymentForAllNamespaces().execute().getItems()).isNotEmpty();
        assertThat(apps.listReplicaSetForAllNamespaces().execute().getItems()).isNotEmpty();
        assertThat(new BatchV1Api(client).listJobForAllNamespaces().execute().getItems())
                .isNotEmpty();
        RbacAuthorizationV1Api access = new RbacAuthorizationV1Api(client);
        assertThat(access.listClusterRole().execute().getItems()).isNotEmpty();
        assertThat(access.listClusterRoleBinding().execute().getItems()).isNotEmpty();
        assertThat(new SchedulingV1Api(client).listPriorityClass().execute().getItems())
                .isNotEmpty();
        assertThat(new StorageV1Api(client).listStorageClass().execute().getItems())
                .isNotEmpty();
        assertThat(new ApisApi(client).getAPIVersions().execute().getGroups()).isNotEmpty();
        assertThat(core.getAPIResources().execute().getResources()).isNotEmpty();
        assertThat(new VersionApi(client).getCode().execute().getMajor()).isEqualTo("1");
    }

    @Test
    void aPodIsResizedWhileItRuns() throws Exception {
        String patch = """
                {"spec":{"containers":[{"name":"main","resources":{"requests":{"cpu":"20m"},"limits":{"cpu":"150m"}}}]}}""";
        PatchUtils.patch(
                V1Pod.class,
                () -> core.patchNamespacedPodResize("box", NAMESPACE, new V1Patch(patch))
                        .buildCall(null),
                V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH,
                client);
        Eventually.within(SOON, "the node says so", () -> {
            V1ContainerStatus status = core.readNamespacedPod("box", NAMESPACE)
                    .execute()
                    .getStatus()
                    .getContainerStatuses()
                    .getFirst();
            return status.getRestartCount() == 0
                    && status.getResources() != null
                    && status.getResources().getLimits() != null
                    && status.getResources().getLimits().get("cpu") != null
                    && status.getResources()
                            .getLimits()
                            .get("cpu")
                            .toSuffixedString()
                            .equals("150m");
        });
        failed(
                403,
                "Forbidden",
                () -> PatchUtils.patch(
                        V1Pod.class,
                        () -> core.patchNamespacedPodResize(
                                        "box",
                                        NAMESPACE,
                                        new V1Patch(patch.replace("20m", "9999").replace("150m", "9999")))
                                .buildCall(null),
                        V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH,
                        client));
    }

    /** What leader election is made of: a Lease is made by one, and taken over by whoever saw it last. */
    @Test
    void aLeaseGoesToWhoeverSawItLast() throws Exception {
        CoordinationV1Api coordination = new CoordinationV1Api(client);
        OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
        V1Lease lease = new V1Lease()
                .metadata(new V1ObjectMeta().name("election"))
                .spec(new V1LeaseSpec()
                        .holderIdentity("first")
                        .leaseDurationSeconds(15)
                        .leaseTransitions(0)
                        .acquireTime(now)
                        .renewTime(now));
        V1Lease made = coordination.createNamespacedLease(NAMESPACE, lease).execute();
        assertThat(made.getSpec()).isEqualTo(lease.getSpec());
        failed(
                409,
                "AlreadyExists",
                () -> coordination.createNamespacedLease(NAMESPACE, lease).execute());
        V1Lease seen = coordination.readNamespacedLease("election", NAMESPACE).execute();
        made.getSpec().renewTime(now.plusSeconds(2));
        coordination.replaceNamespacedLease("election", NAMESPACE, made).execute();
        seen.getSpec().holderIdentity("second").leaseTransitions(1);
        failed(
                409,
                "Conflict",
                () -> coordination
                        .replaceNamespacedLease("election", NAMESPACE, seen)
                        .execute());
    }

    @Test
    void whatNodesUse() throws Exception {
        assertThat(new Metrics(client).getNodeMetrics().getItems()).hasSize(1);
    }

    private static ResourceEventHandler<V1ConfigMap> telling(List<String> told) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(V1ConfigMap object) {
                told.add("added " + object.getMetadata().getName());
            }

            @Override
            public void onUpdate(V1ConfigMap old, V1ConfigMap object) {
                told.add("changed " + object.getMetadata().getName());
            }

            @Override
            public void onDelete(V1ConfigMap object, boolean unknown) {
                told.add("deleted " + object.getMetadata().getName());
            }
        };
    }

    private static V1ConfigMap patch(String body, String format, boolean apply) throws ApiException {
        return PatchUtils.patch(
                V1ConfigMap.class,
                () -> {
                    var request = core.patchNamespacedConfigMap("patched", NAMESPACE, new V1Patch(body));
                    return (apply ? request.fieldManager("java") : request).buildCall(null);
                },
                format,
                client);
    }

    /** A call that ends with an exception of the client. */
    private interface Call {
        void execute() throws ApiException;
    }

    private static void failed(int code, String reason, Call call) {
        ApiException thrown = catchThrowableOfType(ApiException.class, call::execute);
        assertThat(thrown.getCode()).isEqualTo(code);
        assertThat(thrown.getResponseBody()).contains("\"reason\":\"" + reason + "\"");
    }

    private static V1ConfigMap configMap(String name) {
        return new V1ConfigMap().metadata(new V1ObjectMeta().name(name).putLabelsItem("by", "java"));
    }
}
