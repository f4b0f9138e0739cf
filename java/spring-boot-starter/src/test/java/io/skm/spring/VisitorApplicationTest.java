package io.skm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.skm.SkmClient;
import io.skm.SkmLevel;
import io.skm.SkmSandbox;
import io.skm.spring.visitor.VisitorApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.client.TestRestTemplate;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ResponseEntity;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/** The visitor system against the sandbox, through HTTP. */
@SpringBootTest(
        classes = VisitorApplication.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"management.endpoint.health.show-details=always", "skm.http.retries=0"})
class VisitorApplicationTest {
    private static final SkmSandbox SANDBOX = SkmSandbox.start();

    @Autowired
    private TestRestTemplate http;

    @Autowired
    private MeterRegistry meters;

    @Autowired
    private SkmClient client;

    /** Keeps what it is given, as a test needs it; an application has its own registry. */
    @TestConfiguration
    static class Meters {
        @Bean
        MeterRegistry meterRegistry() {
            return new SimpleMeterRegistry();
        }
    }

    @DynamicPropertySource
    static void sandbox(DynamicPropertyRegistry properties) {
        String section = "";
        for (String line : SANDBOX.config().split("\n")) {
            String[] pair = line.split(" = ", 2);
            if (line.startsWith("[")) {
                section = line.substring(1, line.length() - 1) + ".";
            } else if (pair.length == 2 && !line.startsWith("#")) {
                String value = pair[1].replace("\"", "");
                // Written as Spring's users write keys.
                properties.add("skm." + (section + pair[0]).replace('_', '-'), () -> value);
            }
        }
    }

    @BeforeEach
    void reset() {
        SANDBOX.reset();
    }

    @AfterAll
    static void stop() {
        SANDBOX.close();
    }

    @Test
    void opensForGreenOnly() {
        for (SkmLevel level : SkmLevel.values()) {
            ResponseEntity<String> answer =
                    check(SANDBOX.freshQr(SANDBOX.person(level).number()));
            assertThat(answer.getStatusCodeValue()).isEqualTo(200);
            assertThat(answer.getBody()).isEqualTo("{\"open\":" + (level == SkmLevel.GREEN) + "}");
        }
        ResponseEntity<String> other = check("https://pay.example.invalid/1");
        assertThat(other.getStatusCodeValue()).isEqualTo(422);
        assertThat(other.getBody()).contains("不是苏康码").doesNotContain("open");
    }

    @Test
    void timesCallsWithoutAnythingOfThePerson() {
        check(SANDBOX.freshQr(SANDBOX.person(SkmLevel.RED).number()));
        assertThat(meters.get("skm.calls")
                        .tags("call", "verify_scan", "outcome", "ok")
                        .timer()
                        .count())
                .isPositive();
        meters.get("skm.calls").meters().forEach(meter -> assertThat(
                        meter.getId().getTags())
                .extracting(Tag::getKey)
                .containsOnly("call", "outcome"));
    }

    @Test
    void healthTurnsDownWhenThePlatformFails() {
        String qr = SANDBOX.freshQr(SANDBOX.person(SkmLevel.GREEN).number());
        check(qr);
        assertThat(health()).contains("\"skm\":{\"status\":\"UP\"");
        SANDBOX.addFault("{\"interface\":\"verify_scan\",\"kind\":\"html\"}");
        for (int i = 0; i < 3; i++) {
            assertThat(check(qr).getBody()).doesNotContain("open");
        }
        assertThat(health())
                .contains("\"skm\":{\"status\":\"DOWN\",\"details\":{\"verify_scan\":\"answer_malformed\"}}");
        SANDBOX.reset();
        check(SANDBOX.freshQr(SANDBOX.person(SkmLevel.GREEN).number()));
        assertThat(health()).contains("\"skm\":{\"status\":\"UP\"");
    }

    @Test
    void thereIsOneClient() {
        assertThat(client.isClosed()).isFalse();
    }

    private ResponseEntity<String> check(String qr) {
        MultiValueMap<String, String> form = new LinkedMultiValueMap<>();
        form.add("qr", qr);
        form.add("notice", "notice A-12");
        return http.postForEntity("/visitors/check", form, String.class);
    }

    private String health() {
        return http.getForObject("/actuator/health", String.class);
    }
}
