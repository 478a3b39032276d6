package dev.waybill.gateway.state.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.WriterProgress;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VacancyTest {
    private final Vacancy vacancy = new Vacancy(3);

    @Test
    void aWriterOfWhomSomethingComesIsThere() {
        for (int look = 0; look < 100; look++) {
            assertThat(vacancy.isSeen(look / 2, by("somebody"))).isFalse();
        }
    }

    @Test
    void aWriterOfWhomNothingComesForLongIsGone() {
        assertThat(vacancy.isSeen(7, by("somebody"))).isFalse();
        assertThat(vacancy.isSeen(7, by("somebody"))).isFalse();
        assertThat(vacancy.isSeen(7, by("somebody"))).isFalse();
        assertThat(vacancy.isSeen(7, by("somebody"))).isTrue();
    }

    @Test
    void aBrokerThatIsAwaySaysNothingAboutTheWriter() {
        for (int look = 0; look < 3; look++) {
            assertThat(vacancy.isSeen(7, by("somebody"))).isFalse();
        }
        vacancy.nothingSeen();
        assertThat(vacancy.isSeen(7, by("somebody"))).isFalse();
        assertThat(vacancy.isSeen(7, by("somebody"))).isFalse();
        assertThat(vacancy.isSeen(7, by("somebody"))).isTrue();
    }

    @Test
    void aWriterThatSaysThatItLeavesIsGoneAtOnce() {
        assertThat(vacancy.isSeen(7, by(Vacancy.NOBODY))).isTrue();
    }

    private static WriterProgress by(String writer) {
        return WriterProgress.newBuilder()
                .setPositions(Map.of())
                .setRevision(1)
                .setWriter(writer)
                .build();
    }
}
