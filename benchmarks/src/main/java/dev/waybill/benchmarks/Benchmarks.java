package dev.waybill.benchmarks;

import dev.waybill.runtime.EventOrBytesSerializer;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.standalone.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/** Runs one measurement against the system of a data directory. */
public final class Benchmarks {
    private Benchmarks() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            System.err.println("usage: configmaps|pods|density|binding|creates|paced|lists|watchers DATA [NODES]");
            System.exit(2);
        }
        Path data = Path.of(arguments[1]);
        Properties endpoints = DataDirectory.endpoints(data);
        KafkaConnection connection = new KafkaConnection(
                endpoints.getProperty("bootstrap.servers"), endpoints.getProperty("registry.url"), signing(data));
        Api api = Api.of(data.resolve("kubeconfig"));
        ServerProcess server = new ServerProcess(
                Long.parseLong(Files.readString(data.resolve("waybill.pid")).strip()));
        switch (arguments[0]) {
            case "configmaps" -> new ConfigMaps(api).run();
            case "pods" -> new Pods(api, connection).run();
            case "density" -> {
                try (AgentProcess agent =
                        AgentProcess.start(Path.of(arguments[2]), data, endpoints, Integer.parseInt(arguments[3]))) {
                    new Density(api, connection, agent, Integer.parseInt(arguments[4])).run();
                }
            }
            case "binding" -> new Binding(api, connection, server, number(arguments, 2, 100)).run();
            case "creates" ->
                new Creates(
                                api,
                                connection,
                                server,
                                number(arguments, 2, 5_000),
                                number(arguments, 3, 12),
                                number(arguments, 4, 16))
                        .run();
            case "paced" ->
                new Paced(api, connection, server, number(arguments, 2, 5_000), number(arguments, 3, 2_000)).run();
            case "lists" -> new Lists(api, server).run();
            case "watchers" -> new Watchers(api, server).run();
            default -> throw new IllegalArgumentException("no benchmark " + arguments[0]);
        }
        System.exit(0);
    }

    private static int number(String[] arguments, int place, int otherwise) {
        return arguments.length > place ? Integer.parseInt(arguments[place]) : otherwise;
    }

    /** Hollow nodes sign with the keys that the cluster's key gives them. */
    private static Map<String, Object> signing(Path data) {
        return Map.of(
                EventOrBytesSerializer.CLUSTER_KEY_FILE,
                data.resolve("pki/nodes.key").toString());
    }
}
