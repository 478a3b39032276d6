package dev.waybill.node.agent;

import dev.waybill.node.cgroup.CgroupUsage;
import dev.waybill.node.pod.PodSpec;

/** What one running container of this node has used since it started. Immutable. */
public record ContainerUse(PodSpec pod, String container, CgroupUsage use) {}
