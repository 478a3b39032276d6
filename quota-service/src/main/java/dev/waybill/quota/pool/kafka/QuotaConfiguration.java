package dev.waybill.quota.pool.kafka;

import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.events.UsageReported;
import dev.waybill.events.catalog.Topics;
import dev.waybill.quota.metering.UsageMeter;
import dev.waybill.quota.pool.PoolKeeper;
import dev.waybill.quota.pool.redis.RedisQuotaLedger;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.EventHandlers;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import dev.waybill.runtime.UnexpectedEventException;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** Quota pools and metering between their topics. */
@Configuration(proxyBeanMethods = false)
public class QuotaConfiguration {
    @Bean
    RedisQuotaLedger quotaLedger(Environment environment) {
        RedisURI uri = RedisURI.create(environment.getRequiredProperty("waybill.quota.redis-url"));
        uri.setTimeout(Duration.ofSeconds(2));
        return new RedisQuotaLedger(uri);
    }

    @Bean
    UsageMeter usageMeter(Environment environment) {
        return new UsageMeter(
                environment.getProperty("waybill.quota.usage-window", Duration.class, Duration.ofSeconds(10)));
    }

    @Bean
    Consumer<List<ReceivedEvent>> meterUsage(EventHandlers handlers, UsageMeter meter, EventPublisher publisher) {
        return handlers.forEach("meterUsage", received -> {
            if (!(received.event() instanceof ContainerUsageSampled sample)) {
                throw new UnexpectedEventException(received);
            }
            for (UsageReported report : meter.sample(sample)) {
                publisher.publish(Topics.USAGE_REPORTS, report.getNamespace(), report, TraceContext.NONE);
            }
        });
    }

    @Bean
    SmartLifecycle poolLoop(
            KafkaConnection connection, EventPublisher publisher, RedisQuotaLedger ledger, BindingGate gate) {
        return new PoolLoop(connection, new PoolKeeper(ledger, new PoolEvents(publisher)), gate);
    }
}
