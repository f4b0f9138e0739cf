package io.skm.spring;

import io.skm.SkmCallListener;
import io.skm.SkmClient;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Makes an {@link SkmClient} of the {@code skm.*} properties: of the file that {@code skm.config} names, or of the keys
 * of that file, such as {@code skm.scan.token} or {@code skm.scan.verifier-dept}. It is closed with the application.
 */
@AutoConfiguration
@ConditionalOnProperty(prefix = "skm", name = "enabled", matchIfMissing = true)
public class SkmAutoConfiguration {
    private static final Log LOG = LogFactory.getLog(SkmAutoConfiguration.class);
    private static final String CONFIG = "config";
    /** The configuration's sections, and its one key outside them. */
    private static final Set<String> SECTIONS = new HashSet<>(
            Arrays.asList("dialect", "user_token", "display", "scan", "id", "http", "gate", "audit"));
    /** Properties of the same prefix that are not the configuration's. */
    private static final Set<String> OTHERS = new HashSet<>(Arrays.asList("enabled", "library"));

    /** Made by Spring. */
    public SkmAutoConfiguration() {}

    /**
     * The client, which tells every {@link SkmCallListener} bean of its calls.
     *
     * @param environment where the properties are
     * @param listeners who wants to be told
     * @return the client
     */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    public SkmClient skmClient(Environment environment, ObjectProvider<SkmCallListener> listeners) {
        Map<String, String> properties = Binder.get(environment)
                .bind("skm", Bindable.mapOf(String.class, String.class))
                .orElse(Collections.emptyMap());
        List<SkmCallListener> told = listeners.orderedStream().collect(Collectors.toList());
        return open(properties).withListener(call -> told.forEach(listener -> listener.ended(call)));
    }

    private static SkmClient open(Map<String, String> properties) {
        String file = properties.get(CONFIG);
        if (file != null) {
            return SkmClient.open(Paths.get(file));
        }
        SkmClient.Builder builder = SkmClient.builder();
        properties.forEach((key, value) -> {
            // The configuration's own keys are written with underscores.
            String own = key.replace('-', '_');
            String section = own.split("\\.", 2)[0];
            if (SECTIONS.contains(section)) {
                builder.set(own, value);
            } else if (!OTHERS.contains(section)) {
                // Environment variables beginning with SKM_ end up here: that must not stop an application.
                LOG.warn("skm." + key + " is ignored: the configuration has no such section");
            }
        });
        return builder.build();
    }
}
