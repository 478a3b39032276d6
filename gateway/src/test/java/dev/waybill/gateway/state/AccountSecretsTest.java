package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Secrets with tokens, as far as the writer knows them: they need an account, and go with it. */
class AccountSecretsTest {
    private final WriterBench writer = new WriterBench();

    @Test
    void aTokensSecretGoesWithItsAccountAndNoOther() {
        writer.create(
                "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"a\",\"namespace\":\"default\"}}");
        secret("of-a", "kubernetes.io/service-account-token", "a");
        secret("of-default", "kubernetes.io/service-account-token", "default");
        secret("named-so", "Opaque", "a");
        long before = writer.image().revision();
        writer.delete(writer.get("serviceaccounts", "default", "a"), "{}");
        assertThat(writer.image().list("", "secrets", "default"))
                .extracting(StoredObject::name)
                .containsExactly("named-so", "of-default");
        assertThat(writer.image().revision()).as("in one transaction").isEqualTo(before + 2);
    }

    @Test
    void aTokensSecretNamesItsAccount() {
        assertThat(writer.create(
                                "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"namespace\":"
                                        + "\"default\"},\"type\":\"kubernetes.io/service-account-token\"}")
                        .getMessage())
                .isEqualTo("Secret \"s\" is invalid: metadata.annotations[kubernetes.io/service-account.name]: Required"
                        + " value");
    }

    private void secret(String name, String type, String account) {
        assertThat(writer.create("{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"" + name
                                + "\",\"namespace\":\"default\",\"annotations\":{\"kubernetes.io/service-account.name\":\""
                                + account + "\"}},\"type\":\"" + type + "\"}")
                        .getAccepted())
                .isTrue();
    }
}
