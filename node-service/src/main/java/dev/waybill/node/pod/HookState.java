package dev.waybill.node.pod;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a running container's hooks are. Immutable.
 *
 * @param postStartAt when the first was begun
 * @param postStartFailed the container has to end for it
 * @param preStopAt when the second was begun; the grace period counts from here
 * @param preStopDoneAt when it had ended, well or not
 */
public record HookState(
        @Nullable Instant postStartAt,
        boolean postStartFailed,
        @Nullable Instant preStopAt,
        @Nullable Instant preStopDoneAt) {
    static final HookState NONE = new HookState(null, false, null, null);

    HookState postStartBegun(Instant at) {
        return new HookState(at, false, preStopAt, preStopDoneAt);
    }

    HookState preStopBegun(Instant at) {
        return new HookState(postStartAt, postStartFailed, at, null);
    }

    HookState ended(Hook hook, boolean well, Instant at) {
        return switch (hook) {
            case POST_START -> new HookState(postStartAt, !well, preStopAt, preStopDoneAt);
            case PRE_STOP -> new HookState(postStartAt, postStartFailed, preStopAt, at);
        };
    }
}
