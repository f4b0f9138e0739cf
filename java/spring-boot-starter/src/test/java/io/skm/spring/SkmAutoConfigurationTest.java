package io.skm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.skm.SkmClient;
import io.skm.SkmSandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** When there is a client, of what, and for how long. */
class SkmAutoConfigurationTest {
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SkmAutoConfiguration.class));

    @Test
    void takesAFile(@TempDir Path folder) throws IOException {
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            Path file = folder.resolve("skm.toml");
            Files.write(file, sandbox.config().getBytes(StandardCharsets.UTF_8));
            SkmClient[] seen = new SkmClient[1];
            runner.withPropertyValues("skm.config=" + file).run(context -> {
                seen[0] = context.getBean(SkmClient.class);
                assertThat(seen[0].displayUrl("token", null).expose()).startsWith(sandbox.url());
            });
            assertThat(seen[0].isClosed()).as("closed with the application").isTrue();
        }
    }

    @Test
    void canBeTurnedOff() {
        runner.withPropertyValues("skm.enabled=false").run(context -> assertThat(context).doesNotHaveBean(SkmClient.class));
    }

    @Test
    void propertiesOfOthersDoNotStopTheStart() {
        runner.withPropertyValues("skm.vectors=x", "skm.library.path=y", "skm.scan-terminal.id=z")
                .run(context -> assertThat(context).hasSingleBean(SkmClient.class));
    }

    @Test
    void theFileAndKeysBesideItAreRefused() {
        runner.withPropertyValues("skm.config=skm.toml", "skm.http.retries=1").run(context ->
                assertThat(context).getFailure().hasStackTraceContaining("skm.config and skm.http.retries"));
    }

    @Test
    void aVariableThatAKeyNamesIsNotThatKeyAgain() {
        // The library looks into the process's own environment, where it is not: so it was looked for there, once.
        runner.withInitializer(variable("SKM_SCAN_TOKEN"))
                .withPropertyValues("skm.scan.url=https://unit.example/scan", "skm.scan.source=demo",
                        "skm.scan.token-env=SKM_SCAN_TOKEN")
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining("token_env names an environment variable"));
    }

    @Test
    void variablesDoNotCountBesideTheFile(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("skm.toml"), new byte[0]);
        runner.withInitializer(variable("SKM_SCAN_TOKEN"))
                .withPropertyValues("skm.config=" + file)
                .run(context -> assertThat(context).hasSingleBean(SkmClient.class));
    }

    /** An environment variable, as Spring sees one. */
    private static ApplicationContextInitializer<ConfigurableApplicationContext> variable(String name) {
        return context -> context.getEnvironment().getPropertySources().addFirst(
                new SystemEnvironmentPropertySource("test-systemEnvironment", Collections.singletonMap(name, "invented")));
    }

    @Test
    void aWrongKeyStopsTheStartAndNamesItself() {
        runner.withPropertyValues("skm.http.retriess=1").run(context ->
                assertThat(context).getFailure().hasStackTraceContaining("http.retriess"));
    }
}
