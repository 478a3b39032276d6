package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvResolverTest {
    @Test
    void expandsKnownNamesOnly() {
        Map<String, String> env = Map.of("A", "1", "B", "$(A)");
        assertThat(EnvResolver.expand("x$(A)y", env)).isEqualTo("x1y");
        assertThat(EnvResolver.expand("$(B)", env)).isEqualTo("$(A)");
        assertThat(EnvResolver.expand("$(C) $$(A) $A", env)).isEqualTo("$(C) $(A) $A");
    }
}
