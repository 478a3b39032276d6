package dev.waybill.node.token;

import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.VolumeSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens of this node's pods, in memory only: one for each wish, replaced when it is due; while no new one can be had
 * the old one is used until it ends. Thread-safe.
 */
public final class PodTokens {
    private static final Logger log = LoggerFactory.getLogger(PodTokens.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(10);

    private final TokenIssuer issuer;
    private final Clock clock;
    private final Map<TokenWish, Held> held = new ConcurrentHashMap<>();

    public PodTokens(TokenIssuer issuer, Clock clock) {
        this.issuer = issuer;
        this.clock = clock;
    }

    /** What is held for one wish; its lock is that of the request under way. */
    private static final class Held {
        private @Nullable AccountToken token;
        private Instant notBefore = Instant.EPOCH;
    }

    /**
     * The token, asked for when there is none or it is due.
     *
     * @throws ContainerConfigException when there is none and none can be had
     */
    public AccountToken token(PodSpec pod, VolumeSpec.Source.AccountToken source) {
        TokenWish wish = TokenWish.of(pod, source);
        Held one = held.computeIfAbsent(wish, _ -> new Held());
        synchronized (one) {
            Instant now = clock.instant();
            AccountToken present = one.token;
            if (present != null && (!present.isDue(now) || now.isBefore(one.notBefore))) {
                return present;
            }
            try {
                AccountToken fresh = issuer.issue(wish);
                one.token = fresh;
                return fresh;
            } catch (ContainerConfigException e) {
                one.notBefore = now.plus(TRY_AGAIN);
                if (present == null || !present.expiresAt().isAfter(now)) {
                    throw e;
                }
                log.warn("pod {}: its token is not replaced: {}", pod.key(), e.getMessage());
                return present;
            }
        }
    }

    /** Whether the pod has a token that is due, or one that this agent does not know since it was started later. */
    public boolean due(PodSpec pod) {
        Instant now = clock.instant();
        return sources(pod).stream().anyMatch(source -> {
            Held one = held.computeIfAbsent(TokenWish.of(pod, source), _ -> new Held());
            synchronized (one) {
                return (one.token == null || one.token.isDue(now)) && !now.isBefore(one.notBefore);
            }
        });
    }

    /** Asks early for what the pod's volumes will need, so that nobody waits for it later. */
    public void prefetch(PodSpec pod) {
        for (VolumeSpec.Source.AccountToken source : sources(pod)) {
            Thread.ofVirtual().name("token").start(() -> {
                try {
                    token(pod, source);
                } catch (ContainerConfigException e) {
                    log.debug("pod {}: {}", pod.key(), e.getMessage());
                }
            });
        }
    }

    public void forget(PodSpec pod) {
        held.keySet().removeIf(wish -> wish.podUid().equals(pod.uid()));
    }

    private static List<VolumeSpec.Source.AccountToken> sources(PodSpec pod) {
        return pod.volumes().stream()
                .filter(VolumeSpec.Projected.class::isInstance)
                .flatMap(volume -> ((VolumeSpec.Projected) volume).sources().stream())
                .filter(VolumeSpec.Source.AccountToken.class::isInstance)
                .map(VolumeSpec.Source.AccountToken.class::cast)
                .toList();
    }
}
