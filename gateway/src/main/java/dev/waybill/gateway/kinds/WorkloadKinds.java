package dev.waybill.gateway.kinds;

import static dev.waybill.gateway.kinds.DeclaredRules.rules;
import static dev.waybill.gateway.kinds.KindBuilder.namespaced;

import java.util.List;

/** Kinds that pods come from: apps, batch, autoscaling, policy. Stateless. */
final class WorkloadKinds {
    private WorkloadKinds() {}

    static List<Kind> all() {
        return List.of(
                namespaced("v1", "Pod", "pods", new PodRules())
                        .shortNames("po")
                        .categories("all")
                        .sub(
                                "status",
                                "binding",
                                "log",
                                "exec",
                                "attach",
                                "portforward",
                                "proxy",
                                "eviction",
                                EphemeralRules.SUBRESOURCE,
                                ResizeRules.SUBRESOURCE)
                        .counted()
                        .shown()
                        .done(),
                namespaced("v1", "PodTemplate", "podtemplates", rules().filled(Templates.defaulted("template")))
                        .shown()
                        .done(),
                namespaced("v1", "ReplicationController", "replicationcontrollers", Templates.replicationController())
                        .shortNames("rc")
                        .categories("all")
                        .sub("status", "scale")
                        .counted()
                        .done(),
                namespaced("apps/v1", "Deployment", "deployments", new WorkloadRules(true))
                        .shortNames("deploy")
                        .categories("all")
                        .sub("status", "scale")
                        .counted()
                        .done(),
                namespaced("apps/v1", "ReplicaSet", "replicasets", new WorkloadRules(false))
                        .shortNames("rs")
                        .categories("all")
                        .sub("status", "scale")
                        .counted()
                        .done(),
                namespaced("apps/v1", "StatefulSet", "statefulsets", Templates.statefulSet())
                        .shortNames("sts")
                        .categories("all")
                        .sub("status", "scale")
                        .counted()
                        .done(),
                namespaced("apps/v1", "DaemonSet", "daemonsets", Templates.daemonSet())
                        .shortNames("ds")
                        .categories("all")
                        .sub("status")
                        .counted()
                        .done(),
                namespaced("apps/v1", "ControllerRevision", "controllerrevisions", rules().nonNegative("revision"))
                        .done(),
                namespaced("batch/v1", "Job", "jobs", JobRules.job())
                        .categories("all")
                        .sub("status")
                        .counted()
                        .done(),
                namespaced("batch/v1", "CronJob", "cronjobs", JobRules.cronJob())
                        .shortNames("cj")
                        .categories("all")
                        .sub("status")
                        .counted()
                        .done(),
                namespaced(
                                "autoscaling/v2",
                                "HorizontalPodAutoscaler",
                                "horizontalpodautoscalers",
                                AutoscalerRules.rules())
                        .shortNames("hpa")
                        .categories("all")
                        .sub("status")
                        .done(),
                namespaced(
                                "autoscaling/v1",
                                "HorizontalPodAutoscaler",
                                "horizontalpodautoscalers",
                                AutoscalerRules.rules())
                        .shortNames("hpa")
                        .categories("all")
                        .sub("status")
                        .storedAs("autoscaling", "v2", new AutoscalerConversion())
                        .done(),
                namespaced(
                                "policy/v1",
                                "PodDisruptionBudget",
                                "poddisruptionbudgets",
                                rules().status("{\"currentHealthy\":0,\"desiredHealthy\":0,\"disruptionsAllowed\":0,"
                                                + "\"expectedPods\":0}")
                                        .oneOf("spec.unhealthyPodEvictionPolicy", "AlwaysAllow", "IfHealthyBudget")
                                        .check((object, old, errors) -> WorkloadRules.readable(
                                                object.path("spec").path("selector"), "spec.selector", errors))
                                        .check((object, old, errors) -> {
                                            if (!Json.absent(object.path("spec"), "minAvailable")
                                                    && !Json.absent(object.path("spec"), "maxUnavailable")) {
                                                errors.add(FieldError.invalid(
                                                        "spec",
                                                        object.path("spec").toString(),
                                                        "minAvailable and maxUnavailable cannot be both set"));
                                            }
                                        }))
                        .shortNames("pdb")
                        .sub("status")
                        .counted()
                        .done());
    }
}
