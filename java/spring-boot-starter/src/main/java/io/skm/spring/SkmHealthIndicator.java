package io.skm.spring;

import io.skm.SkmCall;
import io.skm.SkmCallListener;
import io.skm.SkmClient;
import io.skm.SkmErrorCode;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;

/**
 * Up, unless the client is closed or the last {@value #FAILURES} calls of an interface all failed, the last one less
 * than {@value #MEMORY_SECONDS} seconds ago, for a reason that an operator has to act on: network, platform,
 * credentials, clock, configuration. It asks the platform nothing itself: a question without a person's consent is not
 * allowed.
 *
 * <p>What failed longer ago is no longer known to fail, and counts as up: where a load balancer has taken an instance
 * out for being down, no call would ever come to tell that the platform is back. Its last outcome stays among the
 * details.
 */
public class SkmHealthIndicator implements HealthIndicator, SkmCallListener {
    private static final int FAILURES = 3;
    private static final int MEMORY_SECONDS = 60;

    private final ObjectProvider<SkmClient> client;
    private final LongSupplier nanoTime;
    private final Map<String, Recent> recent = new ConcurrentSkipListMap<>();

    /**
     * Watches a client.
     *
     * @param client the client; looked up late, since it tells this indicator of its calls
     */
    public SkmHealthIndicator(ObjectProvider<SkmClient> client) {
        this(client, System::nanoTime);
    }

    SkmHealthIndicator(ObjectProvider<SkmClient> client, LongSupplier nanoTime) {
        this.client = client;
        this.nanoTime = nanoTime;
    }

    @Override
    public void ended(SkmCall call) {
        recent.compute(call.name(), (name, before) -> Recent.after(before, call, nanoTime.getAsLong()));
    }

    @Override
    public Health health() {
        SkmClient watched = client.getIfAvailable();
        if (watched == null || watched.isClosed()) {
            return Health.down().withDetail("client", "closed").build();
        }
        boolean failing = recent.values().stream().anyMatch(last -> last.isFailing(nanoTime.getAsLong()));
        Health.Builder health = failing ? Health.down() : Health.up();
        recent.forEach((name, last) -> health.withDetail(name, last.outcome));
        return health.build();
    }

    /** What came of an interface's last calls. */
    private static final class Recent {
        private final String outcome;
        private final int failures;
        private final long at;

        private Recent(String outcome, int failures, long at) {
            this.outcome = outcome;
            this.failures = failures;
            this.at = at;
        }

        static Recent after(Recent before, SkmCall call, long now) {
            if (!isOperators(call.error())) {
                return new Recent(call.outcome(), 0, now);
            }
            return new Recent(call.outcome(), before == null ? 1 : before.failures + 1, now);
        }

        boolean isFailing(long now) {
            return failures >= FAILURES && now - at < TimeUnit.SECONDS.toNanos(MEMORY_SECONDS);
        }

        private static boolean isOperators(SkmErrorCode error) {
            if (error == null) {
                return false;
            }
            switch (error.owner()) {
                case PERSON:
                case CODE:
                case CALLER:
                    return false;
                default:
                    return true;
            }
        }
    }
}
