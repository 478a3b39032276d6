package dev.waybill.image.credentials.process;

import dev.waybill.image.credentials.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks {@code docker-credential-<name> get}: the server on its standard input, JSON on its standard output. Immutable;
 * calls block for a limited time.
 *
 * @param path directories to look for the program in, as PATH has them; the service's own when empty
 * @param limit how long a helper may take
 */
public record CredentialProgram(String path, Duration limit) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final int MAX_ANSWER_BYTES = 64 << 10;

    /** The user name that says that the password is an identity token. */
    private static final String TOKEN_USER = "<token>";

    Optional<Credentials> get(String name, String server) throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw new IOException("\"" + name + "\" is no name of a helper");
        }
        // env looks the program up in the path that it is given
        ProcessBuilder builder = new ProcessBuilder("env", "docker-credential-" + name, "get");
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        if (!path.isEmpty()) {
            builder.environment().put("PATH", path);
            builder.command().set(0, "/usr/bin/env");
        }
        Process process = builder.start();
        try {
            process.getOutputStream().write((server + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            byte[] answer = answer(process);
            return process.exitValue() == 0 ? credentials(answer) : Optional.empty();
        } finally {
            process.destroyForcibly();
        }
    }

    private byte[] answer(Process process) throws IOException {
        Thread watch = Thread.ofVirtual().start(() -> end(process));
        try (InputStream out = process.getInputStream()) {
            byte[] answer = out.readNBytes(MAX_ANSWER_BYTES);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("took longer than " + limit);
            }
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            watch.interrupt();
        }
    }

    private void end(Process process) {
        try {
            Thread.sleep(limit);
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<Credentials> credentials(byte[] answer) throws IOException {
        try {
            JsonNode json = JSON.readTree(answer);
            String user = json.path("Username").asString("");
            String secret = json.path("Secret").asString("");
            if (secret.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    user.equals(TOKEN_USER)
                            ? new Credentials.IdentityToken(secret)
                            : new Credentials.Basic(user, secret));
        } catch (JacksonException e) {
            throw new IOException("its answer is not JSON");
        }
    }
}
