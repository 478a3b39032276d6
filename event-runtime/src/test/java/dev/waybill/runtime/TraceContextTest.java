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
        String good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assertThat(TraceContext.parse(good).traceparent()).isEqualTo(good);
        assertThat(TraceContext.parse("00-xyz")).isEqualTo(TraceContext.NONE);
        assertThat(TraceContext.parse(good.replace('b', 'B'))).isEqualTo(TraceContext.NONE);
        assertThat(TraceContext.parse(good.replace('-', '0'))).isEqualTo(TraceContext.NONE);
        assertThat(TraceContext.parse("01" + good.substring(2))).isEqualTo(TraceContext.NONE);
        assertThat(TraceContext.parse(good + "-00")).isEqualTo(TraceContext.NONE);
        assertThat(TraceContext.parse(null).child()).isEqualTo(TraceContext.NONE);
    }
}
