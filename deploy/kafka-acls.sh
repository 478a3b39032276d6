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
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.requests
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.scheduler-requests
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.outcomes
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.resources
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.scheduling
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.quota
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.pod-status
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.node-status
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.containers
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.images
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.usage
allow --allow-principal User:waybill-gateway --operation Write --topic waybill.requests
allow --allow-principal User:waybill-gateway --operation Write --topic waybill.outcomes
allow --allow-principal User:waybill-gateway --operation Write --topic waybill.resources
allow --allow-principal User:waybill-gateway --operation Write --topic waybill.node-assignments
allow --allow-principal User:waybill-gateway --operation Write --topic waybill.scheduling
allow --allow-principal User:waybill-gateway --operation Read --group gateway --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.requests. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.requests. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.scheduler-requests. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.scheduler-requests. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.outcomes. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.outcomes. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.resources. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.resources. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.scheduling. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.scheduling. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.quota. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.quota. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.pod-status. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.pod-status. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.node-status. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.node-status. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.containers. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.containers. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.images. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.images. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --topic error.waybill.usage. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic error.waybill.usage. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Read --topic waybill.requests. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Create --topic waybill. --resource-pattern-type prefixed
allow --allow-principal User:waybill-gateway --operation Write --transactional-id waybill-writer
allow --allow-principal User:waybill-scheduler --operation Read --topic waybill.resources
allow --allow-principal User:waybill-scheduler --operation Read --topic waybill.outcomes
allow --allow-principal User:waybill-scheduler --operation Read --topic waybill.scheduling
allow --allow-principal User:waybill-scheduler --operation Read --topic waybill.node-heartbeats
allow --allow-principal User:waybill-scheduler --operation Write --topic waybill.scheduler-requests
allow --allow-principal User:waybill-scheduler --operation Write --topic waybill.scheduling
allow --allow-principal User:waybill-scheduler --operation Read --group scheduler-service --resource-pattern-type prefixed
allow --allow-principal User:waybill-scheduler --operation Write --topic error.waybill.resources. --resource-pattern-type prefixed
allow --allow-principal User:waybill-scheduler --operation Create --topic error.waybill.resources. --resource-pattern-type prefixed
allow --allow-principal User:waybill-scheduler --operation Write --topic error.waybill.outcomes. --resource-pattern-type prefixed
allow --allow-principal User:waybill-scheduler --operation Create --topic error.waybill.outcomes. --resource-pattern-type prefixed
allow --allow-principal User:waybill-scheduler --operation Write --topic error.waybill.scheduling. --resource-pattern-type prefixed
allow --allow-principal User:waybill-scheduler --operation Create --topic error.waybill.scheduling. --resource-pattern-type prefixed
allow --allow-principal User:waybill-scheduler --operation Write --topic error.waybill.node-heartbeats. --resource-pattern-type prefixed
allow --allow-principal User:waybill-scheduler --operation Create --topic error.waybill.node-heartbeats. --resource-pattern-type prefixed
allow --allow-principal User:waybill-quota --operation Read --topic waybill.resources
allow --allow-principal User:waybill-quota --operation Read --topic waybill.usage
allow --allow-principal User:waybill-quota --operation Write --topic waybill.quota
allow --allow-principal User:waybill-quota --operation Write --topic waybill.usage-reports
allow --allow-principal User:waybill-quota --operation Read --group quota-service --resource-pattern-type prefixed
allow --allow-principal User:waybill-quota --operation Write --topic error.waybill.resources. --resource-pattern-type prefixed
allow --allow-principal User:waybill-quota --operation Create --topic error.waybill.resources. --resource-pattern-type prefixed
allow --allow-principal User:waybill-quota --operation Write --topic error.waybill.usage. --resource-pattern-type prefixed
allow --allow-principal User:waybill-quota --operation Create --topic error.waybill.usage. --resource-pattern-type prefixed
allow --allow-principal User:waybill-images --operation Read --topic waybill.images
allow --allow-principal User:waybill-images --operation Read --topic waybill.node-assignments
allow --allow-principal User:waybill-images --operation Write --topic waybill.images
allow --allow-principal User:waybill-images --operation Read --group image-service --resource-pattern-type prefixed
allow --allow-principal User:waybill-images --operation Write --topic error.waybill.images. --resource-pattern-type prefixed
allow --allow-principal User:waybill-images --operation Create --topic error.waybill.images. --resource-pattern-type prefixed
allow --allow-principal User:waybill-images --operation Write --topic error.waybill.node-assignments. --resource-pattern-type prefixed
allow --allow-principal User:waybill-images --operation Create --topic error.waybill.node-assignments. --resource-pattern-type prefixed
allow --allow-principal User:waybill-nodes --operation Read --topic waybill.node-assignments
allow --allow-principal User:waybill-nodes --operation Read --topic waybill.images
allow --allow-principal User:waybill-nodes --operation Write --topic waybill.images
allow --allow-principal User:waybill-nodes --operation Write --topic waybill.containers
allow --allow-principal User:waybill-nodes --operation Write --topic waybill.pod-status
allow --allow-principal User:waybill-nodes --operation Write --topic waybill.node-status
allow --allow-principal User:waybill-nodes --operation Write --topic waybill.node-heartbeats
allow --allow-principal User:waybill-nodes --operation Write --topic waybill.usage
allow --allow-principal User:waybill-nodes --operation Read --group node-service --resource-pattern-type prefixed
allow --allow-principal User:waybill-nodes --operation Write --topic error.waybill.node-assignments. --resource-pattern-type prefixed
allow --allow-principal User:waybill-nodes --operation Create --topic error.waybill.node-assignments. --resource-pattern-type prefixed
allow --allow-principal User:waybill-nodes --operation Write --topic error.waybill.images. --resource-pattern-type prefixed
allow --allow-principal User:waybill-nodes --operation Create --topic error.waybill.images. --resource-pattern-type prefixed
for publisher in "$@"; do
  allow --allow-principal User:waybill-publisher-"$publisher" --operation Write --topic waybill.requests."$publisher"
  allow --allow-principal User:waybill-publisher-"$publisher" --operation Read --topic waybill.outcomes
done
