package dev.waybill.runtime;

import dev.waybill.events.catalog.Topic;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.stream.config.BindingServiceProperties;
import org.springframework.core.env.Environment;

/** Lets the bindings of a node's service read the one partition that the node's name hashes to, for ever. Stateless. */
public final class OwnPartition implements BeanPostProcessor {
    private final Environment environment;

    public OwnPartition(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof BindingServiceProperties properties) {
            properties.setInstanceCount(Topic.NODE_PARTITIONS);
            properties.setInstanceIndex(Topic.partitionOfNode(environment.getRequiredProperty("waybill.node.name")));
        }
        return bean;
    }
}
