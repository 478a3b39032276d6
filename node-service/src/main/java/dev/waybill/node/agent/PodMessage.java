package dev.waybill.node.agent;

import dev.waybill.node.pod.PodFact;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.runtime.TraceContext;

/** What is put into a pod's mailbox. */
sealed interface PodMessage {
    /** The manifest, new or changed. */
    record Assigned(PodSpec pod, String json, long revision, TraceContext trace) implements PodMessage {}

    /** Something happened to the pod. */
    record Happened(PodFact fact) implements PodMessage {}

    /** A container left its exit code. */
    record Exited(String containerId) implements PodMessage {}

    /** A ConfigMap or Secret of the pod's namespace changed. */
    record ObjectChanged() implements PodMessage {}

    /** The agent came back: what it remembers of the pod is compared with the machine. */
    record Recover() implements PodMessage {}

    /** Time has passed. */
    record Tick() implements PodMessage {}
}
