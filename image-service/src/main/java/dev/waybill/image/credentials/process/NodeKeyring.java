package dev.waybill.image.credentials.process;

import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.credentials.DockerConfig;
import dev.waybill.image.credentials.InvalidCredentialsException;
import dev.waybill.image.credentials.Keyring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the node itself may pull: a {@code config.json} as docker keeps it, read again when it changes, and the helpers
 * that it names, whose answers are kept for a minute. A file or helper that is broken gives nothing. Thread-safe.
 */
public final class NodeKeyring implements Keyring {

    private static final Logger log = LoggerFactory.getLogger(NodeKeyring.class);
    private static final long KEPT_NANOS = Duration.ofMinutes(1).toNanos();

    private final Path file;
    private final CredentialProgram helper;
    private final Map<String, Kept> answers = new ConcurrentHashMap<>();
    private DockerConfig config = DockerConfig.EMPTY;
    private FileTime readAt = FileTime.fromMillis(-1);

    private record Kept(Optional<Credentials> credentials, long atNanos) {}

    /**
     * Reads the file for the first time.
     *
     * @throws InvalidCredentialsException when it can't be read
     */
    public NodeKeyring(Path file, CredentialProgram helper) throws IOException {
        this.file = file;
        this.helper = helper;
        this.readAt = Files.getLastModifiedTime(file);
        this.config = DockerConfig.parse(file.toString(), Files.readAllBytes(file));
    }

    @Override
    public List<Credentials> lookup(String name) {
        DockerConfig now = current();
        String host = name.substring(0, name.indexOf('/'));
        // docker knows its own registry by its oldest address
        String server = host.equals("docker.io") ? "https://index.docker.io/v1/" : host;
        String program = now.helpers().getOrDefault(server, now.helpers().getOrDefault(host, now.defaultHelper()));
        List<Credentials> found = new ArrayList<>();
        if (!program.isEmpty()) {
            ask(program, server).ifPresent(found::add);
        }
        found.addAll(now.lookup(name));
        return found;
    }

    private Optional<Credentials> ask(String program, String server) {
        String key = program + " " + server;
        Kept kept = answers.get(key);
        if (kept != null && System.nanoTime() - kept.atNanos < KEPT_NANOS) {
            return kept.credentials;
        }
        Optional<Credentials> credentials = Optional.empty();
        try {
            credentials = helper.get(program, server);
        } catch (IOException e) {
            log.warn("credential helper {} for {}: {}", program, server, e.getMessage());
        }
        answers.put(key, new Kept(credentials, System.nanoTime()));
        return credentials;
    }

    private synchronized DockerConfig current() {
        try {
            FileTime modified = Files.getLastModifiedTime(file);
            if (!modified.equals(readAt)) {
                readAt = modified;
                config = DockerConfig.parse(file.toString(), Files.readAllBytes(file));
                answers.clear();
            }
        } catch (IOException e) {
            log.warn("the node's credentials stay as they were: {}", e.getMessage());
        }
        return config;
    }
}
