package dev.waybill.events.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretCipherTest {
    @TempDir
    Path directory;

    @Test
    void opensWhatItSealedAndNothingElse() throws Exception {
        SecretCipher cipher = SecretCipher.fromKeyFile(directory.resolve("key"));
        String sealed = cipher.seal("shop/db/password", "c2VjcmV0");
        assertThat(SecretCipher.isSealed(sealed)).isTrue();
        assertThat(sealed).doesNotContain("c2VjcmV0");
        assertThat(cipher.seal("shop/db/password", "c2VjcmV0")).isEqualTo(sealed);
        assertThat(cipher.seal("shop/db/other", "c2VjcmV0")).isNotEqualTo(sealed);
        assertThat(SecretCipher.fromKeyFile(directory.resolve("key")).open("shop/db/password", sealed))
                .isEqualTo("c2VjcmV0");
        assertThatThrownBy(() -> cipher.open("shop/other/password", sealed)).hasMessageContaining("does not open");
        SecretCipher stranger = SecretCipher.fromKeyFile(directory.resolve("other"));
        assertThatThrownBy(() -> stranger.open("shop/db/password", sealed)).hasMessageContaining("does not open");
    }
}
