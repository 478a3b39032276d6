package dev.waybill.runtime;

import dev.waybill.events.catalog.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** Makes the topics of the catalogue that a cluster does not have yet; leaves those that it has as they are. Stateless. */
public final class TopicProvisioner {
    /** The window in which watches can resume and history can be read, before compaction may drop older versions. */
    private static final Duration COMPACTION_LAG = Duration.ofHours(1);

    private TopicProvisioner() {}

    /**
     * Makes the missing topics, with the cluster's default replication.
     *
     * @throws RetryableException when the cluster does not answer
     */
    public static void ensure(KafkaConnection connection, Collection<Topic> topics) {
        List<NewTopic> wanted = new ArrayList<>();
        for (Topic topic : topics) {
            wanted.add(new NewTopic(topic.name(), topic.partitions(), (short) -1).configs(configs(topic)));
        }
        try (Admin admin = Admin.create(connection.common())) {
            for (var created : admin.createTopics(wanted).values().values()) {
                try {
                    created.get();
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw new RetryableException("cannot create the topics", e);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RetryableException("interrupted while creating the topics", e);
        }
    }

    private static Map<String, String> configs(Topic topic) {
        Map<String, String> configs = new HashMap<>();
        Duration retention = topic.retention();
        if (topic.cleanup() == Topic.Cleanup.COMPACT) {
            configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
            configs.put(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG, Long.toString(COMPACTION_LAG.toMillis()));
        } else if (retention != null) {
            configs.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()));
        }
        return configs;
    }
}
