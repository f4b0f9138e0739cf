package io.skm.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.skm.ScanRequest;
import io.skm.SkmCallListener;
import io.skm.SkmClient;
import io.skm.SkmException;
import io.skm.SkmSandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** When there is a client, of what, and for how long. */
@ExtendWith(OutputCaptureExtension.class)
class SkmAutoConfigurationTest {
    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SkmAutoConfiguration.class));

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
        runner.withPropertyValues("skm.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(SkmClient.class));
    }

    @Test
    void propertiesOfOthersDoNotStopTheStart() {
        runner.withPropertyValues("skm.vectors=x", "skm.library.path=y", "skm.scan-terminal.id=z")
                .run(context -> assertThat(context).hasSingleBean(SkmClient.class));
    }

    @Test
    void theFileAndKeysBesideItAreRefused() {
        runner.withPropertyValues("skm.config=skm.toml", "skm.http.retries=1")
                .run(context ->
                        assertThat(context).getFailure().hasStackTraceContaining("skm.config and skm.http.retries"));
    }

    @Test
    void aVariableThatAKeyNamesIsNotThatKeyAgain() {
        // The library looks into the process's own environment, where it is not: so it was looked for there, once.
        runner.withInitializer(variable("SKM_SCAN_TOKEN"))
                .withPropertyValues(
                        "skm.scan.url=https://unit.example/scan",
                        "skm.scan.source=demo",
                        "skm.scan.token-env=SKM_SCAN_TOKEN")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining("token_env names an environment variable"));
    }

    @Test
    void aVariableOfSeveralWordsThatAKeyNamesIsNotThatKeyAgain() {
        runner.withInitializer(variable("SKM_ID_AUTH_KEY"))
                .withPropertyValues(
                        "skm.id.url=https://unit.example/id",
                        "skm.id.account=demo",
                        "skm.id.auth-key-env=SKM_ID_AUTH_KEY",
                        "skm.id.body-key=MDEyMzQ1Njc4OWFiY2RlZg==")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining("auth_key_env names an environment variable"));
    }

    @Test
    void aVariableIsTheKeyThatItSpells() {
        String[][] meant = {
            {"SKM_USER_TOKEN_URL", "user_token.url"},
            {"SKM_USERTOKEN_URL", "user_token.url"},
            {"SKM_SCAN_VERIFIER_DEPT", "scan.url"},
            {"SKM_SCAN_VERIFIERDEPT", "scan.url"}
        };
        for (String[] pair : meant) {
            // Not a URL, or without its section's URL: refused, and the section has been understood.
            runner.withInitializer(variable(pair[0]))
                    .run(context -> assertThat(context).getFailure().hasStackTraceContaining(pair[1]));
        }
        runner.withInitializer(variable("SKM_DISPLAY_URL", "http://127.0.0.1:1/variable"))
                .run(context -> assertThat(context.getBean(SkmClient.class)
                                .displayUrl("token", null)
                                .expose())
                        .startsWith("http://127.0.0.1:1/variable"));
    }

    @Test
    void whatComesFirstInSpringsOrderCounts() {
        // A thousand seconds are refused: that shows which of the two was taken.
        String wrong = "1000000";
        runner.withInitializer(variable("SKM_HTTP_DEADLINE_MS", wrong))
                .withPropertyValues("skm.http.deadline-ms=5000")
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining("http.deadline_ms"));
        runner.withInitializer(lastVariable("SKM_HTTP_DEADLINE_MS", wrong))
                .withPropertyValues("skm.http.deadline-ms=5000")
                .run(context -> assertThat(context).hasSingleBean(SkmClient.class));
    }

    /** What a cluster sets for a service named skm-scan, and Docker for a link. */
    @Test
    void variablesOfAClusterDoNotStopTheStart(CapturedOutput output) {
        Map<String, Object> cluster = new HashMap<>();
        for (String name : new String[] {
            "SERVICE_HOST",
            "SERVICE_PORT",
            "SERVICE_PORT_HTTP",
            "PORT",
            "PORT_8080_TCP",
            "PORT_8080_TCP_PROTO",
            "PORT_8080_TCP_PORT",
            "PORT_8080_TCP_ADDR",
            "NAME",
            "ENV_HOME"
        }) {
            cluster.put("SKM_SCAN_" + name, "tcp://10.0.0.7:8080");
        }
        runner.withInitializer(variables(cluster))
                .withPropertyValues("skm.display.url=http://127.0.0.1:1/")
                .run(context -> assertThat(context).hasSingleBean(SkmClient.class));
        assertThat(output).contains("skm.scan.service.host is ignored").doesNotContain("10.0.0.7");
    }

    @Test
    void theListOfKeysIsTheLibrarys(@TempDir Path folder) {
        String audit = "\n[gate]\n[audit]\nfile = \"log\"\nkey = \"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"\n";
        Set<String> known = new TreeSet<>(Collections.singleton("dialect"));
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            for (String section : ConfigurationKeys.SECTIONS) {
                String header = "[" + section + "]\n";
                String config = (sandbox.config() + audit).replace(header, header + "nonsense = 1\n");
                Throwable refused =
                        catchThrowable(() -> SkmClient.parse(config, folder).close());
                if (!section.equals("dialect")) {
                    known.addAll(Arrays.asList(
                            refused.getMessage().split("known here are ")[1].split(", ")));
                }
            }
        }
        assertThat(new TreeSet<>(ConfigurationKeys.ALL)).isEqualTo(known);
    }

    @Test
    void everyListenerHearsOfACallWhateverOneThrows() {
        StringBuilder told = new StringBuilder();
        runner.withBean("first", SkmCallListener.class, () -> call -> {
                    throw new NoClassDefFoundError("thrown on purpose");
                })
                .withBean("second", SkmCallListener.class, () -> call -> told.append(call.outcome()))
                .run(context -> {
                    SkmClient client = context.getBean(SkmClient.class);
                    assertThat(catchThrowable(() -> client.verifyScan(
                                    ScanRequest.builder().qrText("x").build())))
                            .isInstanceOf(SkmException.class);
                    assertThat(told).hasToString("config_missing");
                });
    }

    @Test
    void variablesDoNotCountBesideTheFile(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("skm.toml"), new byte[0]);
        runner.withInitializer(variable("SKM_SCAN_TOKEN"))
                .withPropertyValues("skm.config=" + file)
                .run(context -> assertThat(context).hasSingleBean(SkmClient.class));
    }

    private static ApplicationContextInitializer<ConfigurableApplicationContext> variable(String name) {
        return variable(name, "invented");
    }

    private static ApplicationContextInitializer<ConfigurableApplicationContext> variable(String name, String value) {
        return variables(Collections.singletonMap(name, value));
    }

    /** One that is set, but that every property comes before, as the command line's do. */
    private static ApplicationContextInitializer<ConfigurableApplicationContext> lastVariable(
            String name, String value) {
        return context -> context.getEnvironment()
                .getPropertySources()
                .addLast(new SystemEnvironmentPropertySource(
                        "test-systemEnvironment", Collections.singletonMap(name, value)));
    }

    /** Environment variables, as Spring sees them. */
    private static ApplicationContextInitializer<ConfigurableApplicationContext> variables(Map<String, Object> all) {
        return context -> context.getEnvironment()
                .getPropertySources()
                .addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", all));
    }

    @Test
    void aWrongKeyStopsTheStartAndNamesItself() {
        runner.withPropertyValues("skm.http.retriess=1")
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining("http.retriess"));
    }
}
