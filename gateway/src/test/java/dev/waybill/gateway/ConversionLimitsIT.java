package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What calls of a conversion webhook may take, with small limits. */
class ConversionLimitsIT extends CronTabConversions {
    @BeforeAll
    static void start() throws Exception {
        String settings = "--waybill.gateway.conversion.";
        gateway = RunningGateway.start(
                directory,
                settings + "timeout=2s",
                settings + "call-size=2KB",
                settings + "answer-size=10KB",
                settings + "calls-of-one=2",
                settings + "calls=3");
    }

    @Test
    void aLongListIsConvertedInPortions() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("long.example.com", webhook);
            for (int i = 0; i < 10; i++) {
                sent(201, "POST", path("long.example.com", "v1"), tab("a" + i, "\"host\":\"" + "h".repeat(500) + "\""));
            }
            JsonNode list = sent(200, "GET", path("long.example.com", "v1beta1"), "");
            assertThat(list.path("items").findValuesAsString("hostPort"))
                    .hasSize(10)
                    .containsOnly("h".repeat(500));
            assertThat(webhook.requests).hasSizeBetween(3, 9);
            assertThat(webhook.requests)
                    .allSatisfy(review -> assertThat(review.toString()).hasSizeLessThan(4_000));
            assertThat(webhook.requests.stream()
                            .mapToInt(review -> review.at("/request/objects").size())
                            .sum())
                    .isEqualTo(10);
        }
    }

    @Test
    void anAnswerHasItsBound() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("large.example.com", webhook);
            sent(201, "POST", path("large.example.com", "v1"), tab("a", "\"host\":\"h\""));
            String old = path("large.example.com", "v1beta1") + "/a";
            webhook.answer =
                    changed(object -> metadata(object).putObject("annotations").put("long", "x".repeat(8_000)));
            assertThat(sent(200, "GET", old, "")
                            .at("/metadata/annotations/long")
                            .asString())
                    .hasSize(8_000);
            webhook.answer =
                    changed(object -> metadata(object).putObject("annotations").put("long", "x".repeat(11_000)));
            assertThat(refusal(old))
                    .isEqualTo("conversion webhook for large.example.com/v1, Kind=CronTab failed: Post \""
                            + webhook.url() + "?timeout=2s\": body exceeds capacity: 10240");
            webhook.answer = ConversionWebhook::converted;
            sent(200, "GET", old, "");
        }
    }

    @Test
    void aCallHasItsTime() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("late.example.com", webhook);
            sent(201, "POST", path("late.example.com", "v1"), tab("a", "\"host\":\"h\""));
            String old = path("late.example.com", "v1beta1") + "/a";
            webhook.answer = review -> {
                unchecked(() -> go.await(60, TimeUnit.SECONDS));
                return ConversionWebhook.converted(review);
            };
            assertThat(refusal(old)).contains("context deadline exceeded");
            assertThat(sent(500, "PUT", old, tab("a", "\"hostPort\":\"h:2\""))
                            .path("message")
                            .asString())
                    .contains("context deadline exceeded");
            go.countDown();
            webhook.answer = ConversionWebhook::converted;
            assertThat(sent(200, "GET", old, "").at("/spec/hostPort").asString())
                    .as("nothing came of what failed")
                    .isEqualTo("h");
        }
    }

    @Test
    void soManyCallsOfOneAreUnderWayAndTheOthersWaitForTheirTurn() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (ConversionWebhook slow = new ConversionWebhook(InetAddress.getLoopbackAddress());
                ConversionWebhook other = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("many.example.com", slow);
            define("other.example.com", other);
            sent(201, "POST", path("many.example.com", "v1"), tab("a", "\"host\":\"h\""));
            sent(201, "POST", path("other.example.com", "v1"), tab("a", "\"host\":\"h\""));
            slow.answer = review -> {
                unchecked(() -> go.await(60, TimeUnit.SECONDS));
                return ConversionWebhook.converted(review);
            };
            List<CompletableFuture<HttpResponse<String>>> reads = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                reads.add(gateway.adminClient()
                        .sendAsync(
                                gateway.request(path("many.example.com", "v1beta1") + "/a")
                                        .build(),
                                HttpResponse.BodyHandlers.ofString()));
            }
            Eventually.holds(() -> slow.requests.size() == 2);
            sent(200, "GET", path("other.example.com", "v1beta1") + "/a", "");
            assertThat(slow.requests).as("asked at once").hasSize(2);
            go.countDown();
            for (CompletableFuture<HttpResponse<String>> read : reads) {
                assertThat(read.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            }
            assertThat(slow.requests).hasSize(5);
        }
    }
}
