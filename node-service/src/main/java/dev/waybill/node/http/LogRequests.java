package dev.waybill.node.http;

import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.agent.PodView;
import dev.waybill.node.logs.ContainerLog;
import dev.waybill.node.logs.LogOptions;
import dev.waybill.node.pod.ContainerState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** {@code /containerLogs/NAMESPACE/POD/CONTAINER}. Thread-safe. */
final class LogRequests {
    private final NodeAgent agent;
    private final String node;
    private final BooleanSupplier running;

    LogRequests(NodeAgent agent, String node, BooleanSupplier running) {
        this.agent = agent;
        this.node = node;
        this.running = running;
    }

    void serve(Exchange exchange) throws IOException, InterruptedException {
        List<String> parts = exchange.head().segments();
        if (parts.size() != 4) {
            exchange.answer(
                    404,
                    "not /containerLogs/NAMESPACE/POD/CONTAINER: "
                            + exchange.head().path());
            return;
        }
        Map<String, String> query = new LinkedHashMap<>();
        exchange.head().query().forEach((name, values) -> query.put(name, values.getLast()));
        LogOptions options = LogOptions.parse(query, Instant.now());
        Optional<PodView> pod = agent.find(parts.get(1), parts.get(2));
        if (pod.isEmpty()) {
            exchange.answer(404, "pod \"" + parts.get(2) + "\" is not on node " + node);
        } else {
            copy(exchange, pod.get(), parts.get(3), options);
        }
    }

    private void copy(Exchange exchange, PodView pod, String container, LogOptions options)
            throws IOException, InterruptedException {
        ContainerState state = pod.state().container(container);
        boolean waiting =
                state.phase() == ContainerState.Phase.WAITING || state.phase() == ContainerState.Phase.STARTING;
        // While the next start is waited for, the last one is what there is to read.
        int attempt = state.attempt() - (options.previous() || (waiting && state.attempt() > 0) ? 1 : 0);
        Path file = pod.log(container, attempt);
        if (options.previous() && (attempt < 0 || !ContainerLog.exists(file))) {
            exchange.answer(
                    400,
                    "previous terminated container \"" + container + "\" in pod \""
                            + pod.pod().name() + "\" not found");
            return;
        }
        if (!ContainerLog.exists(file)) {
            exchange.answer(
                    400,
                    "container \"" + container + "\" in pod \"" + pod.pod().name() + "\" is waiting to start: "
                            + state.waitingReason());
            return;
        }
        exchange.start(200, Map.of("Content-Type", "text/plain"));
        ContainerLog.copy(file, options, () -> live(pod, container, attempt), exchange.out());
        exchange.out().flush();
    }

    private boolean live(PodView pod, String container, int attempt) {
        return running.getAsBoolean()
                && agent.find(pod.pod().namespace(), pod.pod().name())
                        .map(now -> now.state().container(container))
                        .filter(state -> state.attempt() == attempt && state.phase() == ContainerState.Phase.RUNNING)
                        .isPresent();
    }
}
