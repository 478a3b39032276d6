package dev.waybill.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Json;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateSigningTest {
    private static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-        | 2026-01-02T11:00:00Z | false | false",
                "-        | 2026-01-01T11:59:59Z | false | true",
                "Approved | 2026-01-02T11:00:01Z | true  | false",
                "Approved | 2026-01-02T10:59:59Z | true  | true",
                "Approved | 2026-01-01T10:00:00Z | false | false",
                "Denied   | 2026-01-02T11:00:01Z | false | false",
                "Denied   | 2026-01-02T10:59:59Z | false | true",
                "Failed   | 2026-01-02T10:59:59Z | false | true",
                "Other    | 2026-01-01T10:59:59Z | false | false",
            })
    void requestsAreKeptForAWhile(String condition, String since, boolean issued, boolean over) {
        String conditions = condition.equals("-")
                ? "[]"
                : "[{'type':'" + condition + "','status':'True','lastUpdateTime':'" + since + "'}]";
        String certificate = issued ? "'certificate':'AA=='," : "";
        assertThat(CertificateSigning.isOver(
                        Json.parse(("{'metadata':{'creationTimestamp':'" + since + "'},'status':{" + certificate
                                        + "'conditions':" + conditions + "}}")
                                .replace('\'', '"')),
                        NOW))
                .isEqualTo(over);
    }
}
