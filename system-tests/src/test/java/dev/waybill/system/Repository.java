package dev.waybill.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Where this build's files are. */
final class Repository {
    private Repository() {}

    static Path root() {
        return Path.of(System.getProperty("waybill.root", ".."))
                .toAbsolutePath()
                .normalize();
    }

    static Path module(String name) {
        return root().resolve(name);
    }

    static String version() {
        return System.getProperty("waybill.version", "0.1.0-SNAPSHOT");
    }

    /** An empty directory that a test may leave things in, to be looked at after a failure. */
    static Path scratch(String test) {
        Path directory = module("system-tests").resolve("target").resolve(test);
        try {
            if (Files.exists(directory)) {
                try (Stream<Path> below = Files.walk(directory)) {
                    for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(path);
                    }
                }
            }
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + directory, e);
        }
    }
}
