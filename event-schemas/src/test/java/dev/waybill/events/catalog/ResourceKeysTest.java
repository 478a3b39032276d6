package dev.waybill.events.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourceKeysTest {
    @ParameterizedTest
    @CsvSource({
        "/pods/default/p, /pods",
        "/nodes//n, /nodes",
        "apps/deployments/default/d, apps/deployments",
        "writer, writer",
        "a/b, a/b",
        "'', ''"
    })
    void theKindIsGroupAndResource(String key, String kind) {
        assertThat(ResourceKeys.kind(key)).isEqualTo(kind);
    }
}
