package dev.waybill.node.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.PodParser;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.VolumeSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** When tokens are asked for, in plain data. */
class PodTokensTest {
    private static final PodSpec POD = PodParser.parse(new JsonMapper().readTree("""
            {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
             "spec": {"serviceAccountName": "seller", "containers": [{"name": "main", "image": "app:1"}],
                      "volumes": [{"name": "t", "projected": {"sources": [
                         {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}}]}}]}}"""));
    private static final VolumeSpec.Source.AccountToken SOURCE = new VolumeSpec.Source.AccountToken("", 3607, "token");

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private boolean down;
    private final List<TokenWish> asked = new ArrayList<>();
    private final PodTokens tokens = new PodTokens(this::issue, ((InstantSource) () -> now).withZone(ZoneOffset.UTC));

    private AccountToken issue(TokenWish wish) {
        asked.add(wish);
        if (down) {
            throw new ContainerConfigException("failed to fetch token: nobody listens");
        }
        return new AccountToken("token-" + asked.size(), now, now.plusSeconds(wish.seconds()));
    }

    private String token() {
        return tokens.token(POD, SOURCE).text();
    }

    @Test
    void oneIsUsedForFourFifthsOfItsLife() {
        assertThat(tokens.due(POD)).as("there is none yet").isTrue();
        assertThat(token()).isEqualTo("token-1");
        assertThat(asked).containsExactly(new TokenWish("shop", "seller", "web", "u1", "", 3607));
        now = now.plusSeconds(2885);
        assertThat(tokens.due(POD)).isFalse();
        assertThat(token()).isEqualTo("token-1");
        now = now.plusSeconds(1);
        assertThat(tokens.due(POD)).isTrue();
        assertThat(token()).isEqualTo("token-2");
        assertThat(tokens.due(POD)).isFalse();
    }

    @Test
    void aLongOneIsUsedForADay() {
        AccountToken week = new AccountToken("t", now, now.plus(Duration.ofDays(7)));
        assertThat(week.isDue(now.plus(Duration.ofHours(24)).minusSeconds(1))).isFalse();
        assertThat(week.isDue(now.plus(Duration.ofHours(24)))).isTrue();
    }

    @Test
    void withoutTheGatewayTheOldOneIsUsedUntilItEnds() {
        token();
        down = true;
        now = now.plusSeconds(3000);
        assertThat(token()).isEqualTo("token-1");
        assertThat(token()).isEqualTo("token-1");
        assertThat(asked).as("asked again after a while only").hasSize(2);
        assertThat(tokens.due(POD)).isFalse();
        now = now.plusSeconds(10);
        assertThat(tokens.due(POD)).isTrue();
        now = now.plusSeconds(600);
        assertThatThrownBy(this::token).hasMessageContaining("failed to fetch token");
        down = false;
        now = now.plusSeconds(10);
        assertThat(token()).startsWith("token-");
    }

    @Test
    void aPodThatIsGoneLeavesNothing() {
        token();
        tokens.forget(POD);
        assertThat(token()).isEqualTo("token-2");
    }
}
