package dev.waybill.events.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.catalog.KafkaAccess.Grant;
import dev.waybill.events.catalog.KafkaAccess.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** deploy/kafka-acls.sh is generated from the catalogue: {@code WAYBILL_FREEZE=true} in the environment writes it. */
class KafkaAccessTest {
    private static final Path SCRIPT = Path.of("../deploy/kafka-acls.sh");

    @Test
    void theScriptSaysWhatTheCatalogueSays() throws IOException {
        StringBuilder text = new StringBuilder("""
                #!/bin/sh
                # Generated from KafkaAccess: one principal for each service and each publisher.
                # kafka-acls.sh of the Kafka distribution must be on the path. Arguments: the bootstrap servers, a file of
                # client properties with an administrator's credentials, then the publishers' names.
                #   deploy/kafka-acls.sh broker:9092 admin.properties local shop
                set -eu
                servers=$1
                properties=$2
                shift 2
                allow() {
                  kafka-acls.sh --bootstrap-server "$servers" --command-config "$properties" --add --force "$@"
                }
                """);
        KafkaAccess.services()
                .forEach(
                        grant -> text.append("allow ").append(grant.arguments()).append('\n'));
        text.append("for publisher in \"$@\"; do\n");
        KafkaAccess.ofPublisher("PUBLISHER")
                .forEach(grant -> text.append("  allow ")
                        .append(grant.arguments().replace("PUBLISHER", "\"$publisher\""))
                        .append('\n'));
        text.append("done\n");
        if (Boolean.parseBoolean(System.getenv("WAYBILL_FREEZE"))) {
            Files.createDirectories(SCRIPT.getParent());
            Files.writeString(SCRIPT, text);
        }
        assertThat(SCRIPT).content().isEqualTo(text.toString());
    }

    @Test
    void onlyTheWriterMakesFacts() {
        for (Topic facts : List.of(Topics.RESOURCES, Topics.OUTCOMES, Topics.NODE_ASSIGNMENTS)) {
            assertThat(writers(facts)).containsExactly(KafkaAccess.GATEWAY);
        }
        assertThat(writers(Topics.POD_STATUS)).containsExactly(KafkaAccess.NODES);
    }

    private static List<String> writers(Topic topic) {
        return KafkaAccess.services().stream()
                .filter(grant -> grant.operation() == Operation.WRITE
                        && (grant.prefix()
                                ? topic.name().startsWith(grant.name())
                                : topic.name().equals(grant.name())))
                .map(Grant::principal)
                .collect(Collectors.toList());
    }
}
