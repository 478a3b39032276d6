package dev.waybill.gateway.state;

import dev.waybill.events.catalog.Topics;

/** Whose requests a topic carries: Kafka's rights say who may write it, so nobody speaks in another's name. Immutable. */
sealed interface Origin {
    /** The gateway, for callers whom it has authenticated and names in each request. */
    record Gateway() implements Origin {}

    /** The scheduler, whatever name a request bears. */
    record Scheduler() implements Origin {}

    /** A system with a request topic of its own. */
    record Publisher(String name) implements Origin {}

    /** The origin of what comes on a topic of requests. */
    static Origin of(String topic) {
        String prefix = Topics.REQUESTS.name() + ".";
        if (topic.startsWith(prefix)) {
            return new Publisher(topic.substring(prefix.length()));
        }
        return topic.equals(Topics.SCHEDULER_REQUESTS.name()) ? new Scheduler() : new Gateway();
    }

    /** The publisher's name; empty for the platform's own. */
    default String publisher() {
        return this instanceof Publisher publisher ? publisher.name() : "";
    }
}
