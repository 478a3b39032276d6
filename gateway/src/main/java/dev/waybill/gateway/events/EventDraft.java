package dev.waybill.gateway.events;

import dev.waybill.gateway.kinds.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/**
 * What happened to an object, in the words of the component that did it. Immutable. Drafts that are equal are the same
 * Event seen again.
 *
 * @param component such as kubelet
 * @param host the node that it happened on; empty when it is nobody's
 */
public record EventDraft(
        Involved involved, boolean warning, String reason, String message, String component, String host) {
    /** Room for the dot and the hash in a name of at most 253 letters. */
    private static final int LONGEST_PREFIX = 236;

    private static final int LONGEST_MESSAGE = 1_024;

    public EventDraft {
        message = message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 3) + "...";
    }

    static EventDraft normal(Involved involved, String reason, String message, String component, String host) {
        return new EventDraft(involved, false, reason, message, component, host);
    }

    static EventDraft warning(Involved involved, String reason, String message, String component, String host) {
        return new EventDraft(involved, true, reason, message, component, host);
    }

    /** Where the Event lives: Events of cluster-scoped objects are in the default namespace. */
    public String namespace() {
        return involved.namespace().isEmpty() ? "default" : involved.namespace();
    }

    /** The Event's name: always the same for the same draft, so that writing it twice writes one. */
    public String name() {
        String key = String.join(
                "\n",
                involved.kind(),
                involved.namespace(),
                involved.name(),
                involved.uid(),
                involved.fieldPath(),
                reason,
                message,
                component,
                host);
        long hash = UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)).getMostSignificantBits();
        String prefix = involved.name();
        return prefix.substring(0, Math.min(prefix.length(), LONGEST_PREFIX)) + "."
                + HexFormat.of().toHexDigits(hash);
    }

    ObjectNode manifest(int count, Instant first, Instant last) {
        ObjectNode event = Json.object();
        event.put("apiVersion", "v1").put("kind", "Event");
        event.putObject("metadata").put("name", name()).put("namespace", namespace());
        event.set("involvedObject", involved.json());
        event.put("reason", reason).put("message", message).put("type", warning ? "Warning" : "Normal");
        ObjectNode source = event.putObject("source").put("component", component);
        if (!host.isEmpty()) {
            source.put("host", host);
        }
        event.put("firstTimestamp", first.truncatedTo(ChronoUnit.SECONDS).toString());
        event.put("lastTimestamp", last.truncatedTo(ChronoUnit.SECONDS).toString());
        event.put("count", count);
        event.put("reportingComponent", component).put("reportingInstance", host);
        return event;
    }
}
