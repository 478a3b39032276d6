package dev.waybill.gateway.state.kafka;

import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.objects.NodeKey;
import dev.waybill.events.objects.SecretCipher;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.examination.Examinations;
import dev.waybill.gateway.http.GatewayReadiness;
import dev.waybill.gateway.state.Decider;
import dev.waybill.gateway.state.Ids;
import dev.waybill.gateway.state.SchemaCheck;
import dev.waybill.gateway.state.ServiceNetwork;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.NodeSignatures;
import dev.waybill.runtime.TopicProvisioner;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** The writer and the tail of this instance. */
@Configuration(proxyBeanMethods = false)
public class WriterConfiguration {
    private static final Duration TAKEOVER_AFTER = Duration.ofSeconds(15);

    @Bean(destroyMethod = "close")
    KafkaResourceTail resourceTail(KafkaConnection connection, Environment environment) {
        List<Topic> topics = new ArrayList<>(Topics.all());
        publishers(environment).forEach(publisher -> topics.add(Topics.requestsOf(publisher)));
        TopicProvisioner.ensure(connection, topics);
        KafkaResourceTail tail = new KafkaResourceTail(connection);
        tail.start();
        return tail;
    }

    @Bean
    WriterInputs writerInputs(ClusterCertificates certificates, Environment environment) throws IOException {
        return new WriterInputs(signatures(environment, certificates));
    }

    @Bean
    RequestClient requestClient(WriterInputs inputs, EventPublisher publisher, KafkaResourceTail tail) {
        return new KafkaRequestClient(inputs, publisher, tail);
    }

    /** Half of the machine at most. */
    @Bean(destroyMethod = "close")
    Examinations examinations(Environment environment) {
        int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        return new Examinations(environment.getProperty("waybill.gateway.rule-threads", Integer.class, half));
    }

    @Bean(destroyMethod = "close")
    ResourceLogWriter resourceLogWriter(
            KafkaConnection connection,
            KafkaResourceTail tail,
            WriterInputs inputs,
            DeadLetters deadLetters,
            ClusterCertificates certificates,
            SecretCipher cipher,
            Examinations examinations,
            Environment environment)
            throws IOException {
        ResourceLogWriter writer = new ResourceLogWriter(
                connection,
                new Decider(
                        new SchemaCheck(),
                        Ids.random(),
                        Files.readString(certificates.certificate("ca")),
                        services(environment)),
                tail,
                inputs,
                deadLetters,
                new NodeSecrets(cipher, NodeKey.ensure(certificates.key("nodes"))),
                examinations,
                publishers(environment),
                environment.getProperty("waybill.gateway.takeover-after", Duration.class, TAKEOVER_AFTER));
        writer.start();
        return writer;
    }

    private static ServiceNetwork services(Environment environment) throws IOException {
        return ServiceNetwork.of(
                        environment.getProperty("waybill.gateway.service-addresses", "10.96.0.0/12"),
                        environment.getProperty("waybill.gateway.service-node-ports", "30000-32767"))
                .withApi(new ServiceNetwork.Endpoint(
                        advertised(environment), environment.getProperty("server.port", Integer.class, 6443)));
    }

    /** Where others find this gateway: where it listens, or where this machine can be reached if that is everywhere. */
    private static String advertised(Environment environment) throws IOException {
        String given = environment.getProperty("waybill.gateway.advertise-address", "");
        InetAddress listening = InetAddress.getByName(environment.getProperty("server.address", "127.0.0.1"));
        if (!given.isEmpty()) {
            return given;
        }
        return listening.isAnyLocalAddress()
                ? NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(each -> each instanceof Inet4Address && !each.isLoopbackAddress())
                        .findFirst()
                        .orElse(InetAddress.getLoopbackAddress())
                        .getHostAddress()
                : listening.getHostAddress();
    }

    /** The key is made in any case: nodes are given theirs before they must have one. */
    private static @Nullable NodeSignatures signatures(Environment environment, ClusterCertificates certificates)
            throws IOException {
        NodeKey cluster = NodeKey.ensure(certificates.key("nodes"));
        for (String node : names(environment, "waybill.nodes.names", "")) {
            Path own = certificates.key("nodes").resolveSibling(node + ".node-key");
            if (!Files.exists(own)) {
                cluster.of(node).write(own);
            }
        }
        return environment.getProperty("waybill.nodes.signed", Boolean.class, false)
                ? new NodeSignatures(cluster)
                : null;
    }

    @Bean
    GatewayReadiness gatewayReadiness(KafkaResourceTail tail, ResourceLogWriter writer) {
        return () -> writer.isLeading() && tail.log().isCaughtUp();
    }

    private static List<String> publishers(Environment environment) {
        return names(environment, "waybill.gateway.publishers", "local");
    }

    private static List<String> names(Environment environment, String setting, String otherwise) {
        String names = environment.getProperty(setting, otherwise).strip();
        return names.isEmpty() ? List.of() : List.of(names.split("\\s*,\\s*", -1));
    }
}
