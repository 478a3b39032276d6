package dev.waybill.events.catalog;

import java.util.ArrayList;
import java.util.List;

/**
 * Who may do what on Kafka: one principal for each service and for each publisher, with what its work needs.
 * {@code deploy/kafka-acls.sh} is generated from it. Stateless.
 */
public final class KafkaAccess {
    /** The one transactional id of the cluster. */
    public static final String WRITER = "waybill-writer";

    public static final String GATEWAY = "waybill-gateway";
    public static final String SCHEDULER = "waybill-scheduler";
    public static final String QUOTA = "waybill-quota";
    public static final String IMAGES = "waybill-images";
    public static final String NODES = "waybill-nodes";

    private static final String PUBLISHER = "waybill-publisher-";

    private KafkaAccess() {}

    /** What is done to what. */
    public enum Operation {
        READ,
        WRITE,
        CREATE
    }

    /** What it is done to. */
    public enum Target {
        TOPIC,
        GROUP,
        TRANSACTIONAL_ID
    }

    /**
     * One right. Who may read or write may describe as well, as Kafka has it.
     *
     * @param prefix whether the name is what names begin with
     */
    public record Grant(String principal, Operation operation, Target target, String name, boolean prefix) {

        /** The arguments of kafka-acls.sh that add it. */
        public String arguments() {
            String what =
                    switch (target) {
                        case TOPIC -> "--topic";
                        case GROUP -> "--group";
                        case TRANSACTIONAL_ID -> "--transactional-id";
                    };
            String how =
                    operation.name().charAt(0) + operation.name().substring(1).toLowerCase(java.util.Locale.ROOT);
            return "--allow-principal User:" + principal + " --operation " + how + " " + what + " " + name
                    + (prefix ? " --resource-pattern-type prefixed" : "");
        }
    }

    /** The principal of a system with a request topic of its own. */
    public static String publisher(String name) {
        return PUBLISHER + name;
    }

    /** Everything that the services may do. */
    public static List<Grant> services() {
        List<Grant> grants = new ArrayList<>();
        service(
                grants,
                GATEWAY,
                "gateway",
                List.of(
                        Topics.REQUESTS,
                        Topics.SCHEDULER_REQUESTS,
                        Topics.OUTCOMES,
                        Topics.RESOURCES,
                        Topics.SCHEDULING,
                        Topics.QUOTA,
                        Topics.POD_STATUS,
                        Topics.NODE_STATUS,
                        Topics.CONTAINERS,
                        Topics.IMAGES,
                        Topics.USAGE),
                List.of(
                        Topics.REQUESTS,
                        Topics.OUTCOMES,
                        Topics.RESOURCES,
                        Topics.NODE_ASSIGNMENTS,
                        Topics.SCHEDULING));
        grants.add(new Grant(GATEWAY, Operation.READ, Target.TOPIC, Topics.REQUESTS.name() + ".", true));
        grants.add(new Grant(GATEWAY, Operation.CREATE, Target.TOPIC, "waybill.", true));
        grants.add(new Grant(GATEWAY, Operation.WRITE, Target.TRANSACTIONAL_ID, WRITER, false));
        service(
                grants,
                SCHEDULER,
                "scheduler-service",
                List.of(Topics.RESOURCES, Topics.OUTCOMES, Topics.SCHEDULING, Topics.NODE_HEARTBEATS),
                List.of(Topics.SCHEDULER_REQUESTS, Topics.SCHEDULING));
        service(
                grants,
                QUOTA,
                "quota-service",
                List.of(Topics.RESOURCES, Topics.USAGE),
                List.of(Topics.QUOTA, Topics.USAGE_REPORTS));
        // It reads its node's pull secrets from what the node is told.
        service(
                grants,
                IMAGES,
                "image-service",
                List.of(Topics.IMAGES, Topics.NODE_ASSIGNMENTS),
                List.of(Topics.IMAGES));
        service(
                grants,
                NODES,
                "node-service",
                List.of(Topics.NODE_ASSIGNMENTS, Topics.IMAGES),
                List.of(
                        Topics.IMAGES,
                        Topics.CONTAINERS,
                        Topics.POD_STATUS,
                        Topics.NODE_STATUS,
                        Topics.NODE_HEARTBEATS,
                        Topics.USAGE));
        return List.copyOf(grants);
    }

    /** What a publisher may do: ask on its own topic and read answers. */
    public static List<Grant> ofPublisher(String name) {
        return List.of(
                topic(publisher(name), Operation.WRITE, Topics.requestsOf(name).name()),
                topic(publisher(name), Operation.READ, Topics.OUTCOMES.name()));
    }

    private static void service(
            List<Grant> grants, String principal, String group, List<Topic> reads, List<Topic> writes) {
        reads.forEach(topic -> grants.add(topic(principal, Operation.READ, topic.name())));
        writes.forEach(topic -> grants.add(topic(principal, Operation.WRITE, topic.name())));
        grants.add(new Grant(principal, Operation.READ, Target.GROUP, group, true));
        for (Topic topic : reads) {
            // Dead letters, of publishers' topics too where the topic has them.
            for (Operation operation : List.of(Operation.WRITE, Operation.CREATE)) {
                grants.add(new Grant(principal, operation, Target.TOPIC, "error." + topic.name() + ".", true));
            }
        }
    }

    private static Grant topic(String principal, Operation operation, String name) {
        return new Grant(principal, operation, Target.TOPIC, name, false);
    }
}
