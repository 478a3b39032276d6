package dev.waybill.standalone;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A short working day of the control plane, from whose profile the JVM knows beforehand what it will have to do: objects
 * written, read, watched and deleted over HTTPS, pods placed on a node that exists on paper only. Used by one thread.
 */
final class Rehearsal {
    private static final int CALLERS = 8;
    private static final int ROUNDS = 50;
    private static final String MAPS = "/api/v1/namespaces/rehearsal/configmaps";
    private static final String PODS = "/api/v1/namespaces/rehearsal/pods";

    private final ApiAccess access;
    private final HttpClient client;

    private Rehearsal(ApiAccess access, HttpClient client) {
        this.access = access;
        this.client = client;
    }

    static void run(Path kubeconfig) throws IOException, GeneralSecurityException, InterruptedException {
        ApiAccess access = ApiAccess.of(kubeconfig);
        try (HttpClient client = access.client()) {
            new Rehearsal(access, client).run();
        }
    }

    private void run() throws IOException, InterruptedException {
        send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"rehearsal\"}}");
        send("POST", "/api/v1/nodes", """
                {"metadata":{"name":"rehearsal","labels":{"rehearsal":"true"}},
                 "status":{"capacity":{"cpu":"64","memory":"256Gi","pods":"2000"},
                   "allocatable":{"cpu":"64","memory":"256Gi","pods":"2000"},
                   "conditions":[{"type":"Ready","status":"True"}]}}""");
        send("POST", "/apis/apps/v1/namespaces/rehearsal/deployments", """
                {"metadata":{"name":"d"},"spec":{"replicas":50,"selector":{"matchLabels":{"app":"d"}},
                 "template":{"metadata":{"labels":{"app":"d"}},"spec":%s}}}""".formatted(podSpec()));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> callers = new ArrayList<>();
            callers.add(threads.submit(() -> send("GET", PODS + "?watch=true&timeoutSeconds=10", "")));
            for (int caller = 0; caller < CALLERS; caller++) {
                String prefix = "r" + caller + "-";
                callers.add(threads.submit(() -> {
                    for (int i = 0; i < ROUNDS; i++) {
                        round(prefix + i);
                    }
                    return null;
                }));
            }
            for (Future<?> caller : callers) {
                caller.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("the rehearsal failed", e.getCause());
        }
        send("DELETE", "/api/v1/namespaces/rehearsal", "{}");
        send("DELETE", "/api/v1/nodes/rehearsal", "{}");
    }

    private void round(String name) throws IOException, InterruptedException {
        send("POST", MAPS, "{\"metadata\":{\"name\":\"" + name + "\"},\"data\":{\"k\":\"1\"}}");
        send("PATCH", MAPS + "/" + name, "{\"data\":{\"k\":\"2\"}}");
        send("POST", PODS, "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":" + podSpec() + "}");
        send("GET", MAPS + "?limit=50", "");
        send("GET", PODS + "/" + name, "");
        send("DELETE", MAPS + "/" + name, "{}");
        send("DELETE", PODS + "/" + name + "?gracePeriodSeconds=0", "{}");
    }

    private static String podSpec() {
        return """
                {"nodeSelector":{"rehearsal":"true"},"tolerations":[{"operator":"Exists"}],
                 "containers":[{"name":"main","image":"none:1",
                   "resources":{"requests":{"cpu":"10m","memory":"16Mi"}}}]}""";
    }

    private String send(String method, String path, String body) throws IOException, InterruptedException {
        String type = method.equals("PATCH") ? "application/merge-patch+json" : "application/json";
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(access.server().resolve(path))
                        .header("Content-Type", type)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }
}
