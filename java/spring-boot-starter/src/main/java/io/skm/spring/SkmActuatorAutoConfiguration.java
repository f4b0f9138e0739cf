package io.skm.spring;

import io.micrometer.core.instrument.MeterRegistry;
import io.skm.SkmClient;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Health and timers, where the application has the actuator. */
@AutoConfiguration(
        after = SkmAutoConfiguration.class,
        afterName = "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration")
public class SkmActuatorAutoConfiguration {
    /** Made by Spring. */
    public SkmActuatorAutoConfiguration() {}

    /** The health indicator {@code skm}. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
    @ConditionalOnBean(SkmClient.class)
    @ConditionalOnEnabledHealthIndicator("skm")
    static class Health {
        @Bean
        @ConditionalOnMissingBean
        SkmHealthIndicator skmHealthIndicator(ObjectProvider<SkmClient> client) {
            return new SkmHealthIndicator(client);
        }
    }

    /** The timer {@code skm.calls}. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterRegistry.class)
    @ConditionalOnBean(MeterRegistry.class)
    static class Metrics {
        @Bean
        @ConditionalOnMissingBean
        SkmTimers skmTimers(MeterRegistry registry) {
            return new SkmTimers(registry);
        }
    }
}
