package dev.waybill.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TraceContextTest {
    @Test
    void aChildKeepsTheTraceAndHasItsOwnSpan() {
        TraceContext root = TraceContext.newRoot();
        TraceContext child = root.child();
        assertThat(TraceContext.parse(child.traceparent())).isEqualTo(child);
        assertThat(child.traceId()).isEqualTo(root.traceId()).hasSize(32);
        assertThat(child).isNotEqualTo(root);
    }

    @Test
    void whatIsNoTraceparentIsNoTrace() {
        assertThat(TraceContext.parse("00-xyz")).isEqualTo(TraceContext.NONE);
        assertThat(TraceContext.parse(null).child()).isEqualTo(TraceContext.NONE);
    }
}
