package io.skm.spring;

import static io.skm.spring.ConfigurationKeys.section;

import io.skm.SkmCall;
import io.skm.SkmCallListener;
import io.skm.SkmClient;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Makes an {@link SkmClient} of the {@code skm.*} properties: of the file that {@code skm.config} names, or of the keys
 * of that file, such as {@code skm.scan.token} or {@code skm.scan.verifier-dept}. It is closed with the application.
 */
@AutoConfiguration
@ConditionalOnProperty(prefix = "skm", name = "enabled", matchIfMissing = true)
public class SkmAutoConfiguration {
    private static final Log LOG = LogFactory.getLog(SkmAutoConfiguration.class);
    private static final String CONFIG = "config";
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
        List<SkmCallListener> told = listeners.orderedStream().collect(Collectors.toList());
        SkmClient client = open(Binder.get(environment), keys(withoutVariables(environment)));
        return client.withListener(call -> told.forEach(listener -> tell(listener, call)));
    }

    /** The properties, spelled as the configuration spells its keys: with underscores. */
    private static Map<String, String> keys(Binder binder) {
        Map<String, String> keys = new TreeMap<>();
        binder.bind("skm", Bindable.mapOf(String.class, String.class))
                .orElse(Collections.emptyMap())
                .forEach((key, value) -> keys.put(key.replace('-', '_'), value));
        return keys;
    }

    /** What is set elsewhere than in an environment variable, whose name may begin with SKM_ for another reason. */
    private static Binder withoutVariables(Environment environment) {
        List<PropertySource<?>> sources = ((ConfigurableEnvironment) environment)
                .getPropertySources().stream()
                        .filter(source -> !(source instanceof SystemEnvironmentPropertySource))
                        .collect(Collectors.toList());
        return new Binder(
                ConfigurationPropertySources.from(sources), new PropertySourcesPlaceholdersResolver(environment));
    }

    private static SkmClient open(Binder binder, Map<String, String> written) {
        Map<String, String> all = keys(binder);
        if (all.containsKey(CONFIG)) {
            refuseBesideFile(written);
            return SkmClient.open(Paths.get(all.get(CONFIG)));
        }
        all.keySet().forEach(key -> warnIfIgnored(key, written.containsKey(key)));
        SkmClient.Builder builder = SkmClient.builder();
        configuration(binder, written).forEach(builder::set);
        return builder.build();
    }

    /** What is written, right or wrong; beside it the keys that are known, which Spring also finds in variables. */
    private static Map<String, String> configuration(Binder binder, Map<String, String> written) {
        Map<String, String> configuration = new TreeMap<>(written);
        configuration.keySet().removeIf(key -> !ConfigurationKeys.SECTIONS.contains(section(key)));
        ConfigurationKeys.ALL.forEach(key -> binder.bind("skm." + key.replace('_', '-'), String.class)
                .ifBound(value -> configuration.put(key, value)));
        // The variable that skm.scan.token-env names may be SKM_SCAN_TOKEN: that is not skm.scan.token again.
        configuration.keySet().removeIf(key -> !written.containsKey(key) && configuration.containsKey(key + "_env"));
        return configuration;
    }

    /** A variable whose name begins with SKM_ for another reason must not stop an application. */
    private static void warnIfIgnored(String key, boolean isWritten) {
        boolean isUsed = isWritten
                ? ConfigurationKeys.SECTIONS.contains(section(key)) || ConfigurationKeys.isMeantBy(key)
                : ConfigurationKeys.isMeantBy(key);
        if (!isUsed && !OTHERS.contains(section(key))) {
            LOG.warn("skm." + key + " is ignored: the configuration has no such key");
        }
    }

    private static void refuseBesideFile(Map<String, String> written) {
        written.keySet().stream()
                .filter(key -> ConfigurationKeys.SECTIONS.contains(section(key)))
                .findFirst()
                .ifPresent(key -> {
                    throw new IllegalStateException("skm.config and skm." + key + " are both set: keep the file or the"
                            + " keys. skm.config may also come from the environment variable SKM_CONFIG.");
                });
    }

    private static void tell(SkmCallListener listener, SkmCall call) {
        try {
            listener.ended(call);
        } catch (VirtualMachineError fatal) {
            throw fatal;
        } catch (Throwable failed) {
            // The others must hear of the call all the same. What it says is the application's, and may be personal.
            LOG.warn("a listener failed: " + listener.getClass().getName() + ": "
                    + failed.getClass().getName());
        }
    }
}
