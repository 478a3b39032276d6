package dev.waybill.image.credentials.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.image.credentials.Credentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class NodeKeyringTest {

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void helper() throws Exception {
        Path helper = directory.resolve("docker-credential-test");
        Files.writeString(helper, """
                #!/bin/sh
                read server
                echo "$1 $server" >> "%s/asked"
                case "$server" in
                  a.io) echo '{"ServerURL":"a.io","Username":"u","Secret":"p"}' ;;
                  token.io) echo '{"Username":"<token>","Secret":"t"}' ;;
                  https://index.docker.io/v1/) echo '{"Username":"hub","Secret":"h"}' ;;
                  slow.io) sleep 20 ;;
                  broken.io) echo nonsense ;;
                  *) echo "credentials not found in native keychain"; exit 1 ;;
                esac
                """.formatted(directory));
        Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
        file = directory.resolve("config.json");
        Files.writeString(file, """
                {"credsStore":"test","auths":{"none.io":{"username":"plain","password":"p"}}}""");
    }

    @Test
    void helpersAreAskedByTheirProtocol() throws Exception {
        NodeKeyring keyring = keyring(Duration.ofSeconds(10));
        assertThat(keyring.lookup("a.io/team/x")).containsExactly(new Credentials.Basic("u", "p"));
        assertThat(keyring.lookup("a.io/team/y")).hasSize(1);
        assertThat(keyring.lookup("token.io/x")).containsExactly(new Credentials.IdentityToken("t"));
        assertThat(keyring.lookup("docker.io/library/x")).containsExactly(new Credentials.Basic("hub", "h"));
        assertThat(keyring.lookup("none.io/x")).containsExactly(new Credentials.Basic("plain", "p"));
        assertThat(Files.readAllLines(directory.resolve("asked")))
                .containsExactly("get a.io", "get token.io", "get https://index.docker.io/v1/", "get none.io");
    }

    @Test
    void brokenAndSlowHelpersGiveNothing() throws Exception {
        NodeKeyring keyring = keyring(Duration.ofMillis(300));
        assertThat(keyring.lookup("broken.io/x")).isEmpty();
        assertThat(keyring.lookup("slow.io/x")).isEmpty();
        Files.writeString(file, "{\"credsStore\":\"../evil\"}");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertThat(keyring.lookup("a.io/x")).isEmpty();
    }

    @Test
    void aFileThatChangesIsReadAgainAndABrokenOneIsNot() throws Exception {
        NodeKeyring keyring = keyring(Duration.ofSeconds(10));
        Files.writeString(file, "{\"auths\":{\"b.io\":{\"username\":\"n\",\"password\":\"p\"}}}");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertThat(keyring.lookup("b.io/x")).containsExactly(new Credentials.Basic("n", "p"));
        Files.writeString(file, "{");
        Files.setLastModifiedTime(file, FileTime.fromMillis(2));
        assertThat(keyring.lookup("b.io/x")).hasSize(1);
    }

    private NodeKeyring keyring(Duration limit) throws Exception {
        return new NodeKeyring(file, new CredentialProgram(directory + ":/usr/bin:/bin", limit));
    }
}
