package io.skm.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.skm.Consent;
import io.skm.IdRequest;
import io.skm.SkmClient;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.actuate.health.Status;

/** What is told of a client's health as time goes by. */
class SkmHealthIndicatorTest {
    private final AtomicLong now = new AtomicLong();

    /** A load balancer sends nothing to an instance that is down: only time can bring it back. */
    @Test
    void failuresThatAreOldAreNotKnownToBeFailures() {
        StaticListableBeanFactory beans = new StaticListableBeanFactory();
        SkmHealthIndicator health = new SkmHealthIndicator(beans.getBeanProvider(SkmClient.class), now::get);
        String key = "\"MDEyMzQ1Njc4OWFiY2RlZg==\"\n";
        String nobody = "[id]\nurl = \"http://127.0.0.1:1/\"\naccount = \"a\"\nauth_key = " + key + "body_key = " + key
                + "[http]\nretries = 0\n";
        try (SkmClient client = SkmClient.parse(nobody, null)) {
            beans.addBean("skmClient", client);
            SkmClient heard = client.withListener(health);
            fail(heard);
            fail(heard);
            assertThat(health.health().getStatus()).isEqualTo(Status.UP);
            fail(heard);
            assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
            now.addAndGet(TimeUnit.SECONDS.toNanos(59));
            assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            assertThat(health.health().getStatus()).isEqualTo(Status.UP);
            assertThat(health.health().getDetails()).containsEntry("verify_id", "connect_failed");
            // The call that was sent to find out: down for another minute.
            fail(heard);
            assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
        }
        assertThat(health.health().getDetails()).containsEntry("client", "closed");
    }

    private static void fail(SkmClient client) {
        IdRequest request = IdRequest.builder()
                .number("320000198506304142")
                .name("张三")
                .consent(Consent.explicit("notice A-12"))
                .build();
        assertThat(catchThrowable(() -> client.verifyId(request))).hasMessageContaining("connect");
    }
}
