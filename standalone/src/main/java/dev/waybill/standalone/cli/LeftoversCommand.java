package dev.waybill.standalone.cli;

import dev.waybill.embedded.EmbeddedRedis;
import dev.waybill.node.Leftovers;
import dev.waybill.standalone.DataDirectory;
import dev.waybill.standalone.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Part of {@code waybill down}: after a crash, ends the containers and the Redis that it left, and puts back what its nodes
 * had changed on the machine, those of earlier starts among them.
 */
public final class LeftoversCommand {
    private LeftoversCommand() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 2 || !arguments[0].equals("--data")) {
            System.err.println("usage: --data DIR");
            System.exit(2);
        }
        Path data = Path.of(arguments[1]).toAbsolutePath();
        Machine machine = Machine.of(data);
        try (DataDirectory _ = DataDirectory.lock(data);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
            EmbeddedRedis.endLeftOver(data.resolve("redis"));
            List<Callable<Boolean>> endings = nodes(data).stream()
                    .map(node -> machine.node(
                            data, Machine.indexOf(node.getFileName().toString()), 1, 0))
                    .map(node -> (Callable<Boolean>) () -> {
                        Leftovers.stop(node);
                        return true;
                    })
                    .toList();
            for (Future<Boolean> ended : threads.invokeAll(endings)) {
                ended.get();
            }
        }
    }

    private static List<Path> nodes(Path data) throws IOException {
        Path directory = data.resolve("nodes");
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.filter(Files::isDirectory).toList();
        }
    }
}
