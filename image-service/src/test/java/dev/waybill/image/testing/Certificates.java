package dev.waybill.image.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An authority and certificates of it, made by openssl for a test. */
public final class Certificates {

    private final Path directory;

    public Certificates(Path directory) throws Exception {
        this.directory = Files.createDirectories(directory);
        openssl("req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=authority -keyout ca.key -out ca.pem");
    }

    public static boolean available() {
        return Files.isExecutable(Path.of("/usr/bin/openssl"));
    }

    /** Makes {@code <name>.pem} and {@code <name>.key}, for 127.0.0.1. */
    public Certificates issue(String name) throws Exception {
        Files.writeString(directory.resolve("san"), "subjectAltName=IP:127.0.0.1\n");
        openssl("req -newkey rsa:2048 -nodes -subj /CN=%1$s -keyout %1$s.key -out %1$s.csr".formatted(name));
        openssl("x509 -req -days 1 -CA ca.pem -CAkey ca.key -CAcreateserial -extfile san -in " + name + ".csr -out "
                + name + ".pem");
        return this;
    }

    public Path file(String name) {
        return directory.resolve(name);
    }

    private void openssl(String words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(words.split(" ", -1)));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(words + ": " + out);
        }
    }
}
