package dev.waybill.system;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.events.catalog.KafkaAccess;
import dev.waybill.events.catalog.KafkaAccess.Grant;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * A broker that asks who somebody is and lets the services do what {@code deploy/kafka-acls.sh} lets them. On a second
 * listener, for the registry alone, it asks nothing.
 */
final class SecuredKafka implements AutoCloseable {
    private static final List<String> PRINCIPALS = List.of(
            KafkaAccess.GATEWAY, KafkaAccess.SCHEDULER, KafkaAccess.QUOTA, KafkaAccess.IMAGES, KafkaAccess.NODES);

    private final int open = EmbeddedKafka.freePort();
    private final EmbeddedKafka kafka;

    private SecuredKafka(Path directory) {
        int port = EmbeddedKafka.freePort();
        int controller = EmbeddedKafka.freePort();
        kafka = EmbeddedKafka.start(directory, port, controller, settings(port, controller));
    }

    static SecuredKafka start(Path directory) throws Exception {
        SecuredKafka started = new SecuredKafka(directory);
        Map<String, Object> connection = new LinkedHashMap<>(Map.of("bootstrap.servers", started.bootstrapServers()));
        connection.putAll(credentials("admin"));
        try (Admin admin = Admin.create(connection)) {
            admin.createAcls(KafkaAccess.services().stream()
                            .map(SecuredKafka::binding)
                            .toList())
                    .all()
                    .get();
        }
        return started;
    }

    String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    /** The address of the listener that asks nothing. */
    String openServers() {
        return "127.0.0.1:" + open;
    }

    /** The client properties of a principal. */
    static Map<String, String> credentials(String principal) {
        return Map.of(
                "security.protocol", "SASL_PLAINTEXT",
                "sasl.mechanism", "PLAIN",
                "sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + principal
                                + "\" password=\"" + principal + "\";");
    }

    private Map<String, String> settings(int port, int controller) {
        StringBuilder users = new StringBuilder(
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"admin\" password=\"admin\""
                        + " user_admin=\"admin\"");
        PRINCIPALS.forEach(name ->
                users.append(" user_").append(name).append("=\"").append(name).append('"'));
        String broker = "BROKER://127.0.0.1:" + port + ",OPEN://127.0.0.1:" + open;
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("listeners", broker + ",CONTROLLER://127.0.0.1:" + controller);
        settings.put("advertised.listeners", broker);
        settings.put("listener.security.protocol.map", "BROKER:SASL_PLAINTEXT,OPEN:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "BROKER");
        settings.put("sasl.enabled.mechanisms", "PLAIN");
        settings.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
        settings.put("listener.name.broker.plain.sasl.jaas.config", users + ";");
        settings.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        settings.put("super.users", "User:admin;User:ANONYMOUS");
        return settings;
    }

    private static AclBinding binding(Grant grant) {
        return new AclBinding(
                new ResourcePattern(
                        ResourceType.valueOf(grant.target().name()),
                        grant.name(),
                        grant.prefix() ? PatternType.PREFIXED : PatternType.LITERAL),
                new AccessControlEntry(
                        "User:" + grant.principal(),
                        "*",
                        AclOperation.valueOf(grant.operation().name()),
                        AclPermissionType.ALLOW));
    }

    @Override
    public void close() {
        kafka.close();
    }
}
