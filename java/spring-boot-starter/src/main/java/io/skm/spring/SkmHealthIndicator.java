package io.skm.spring;

import io.skm.SkmCall;
import io.skm.SkmCallListener;
import io.skm.SkmClient;
import io.skm.SkmErrorCode;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;

/**
 * Up, unless the client is closed or the last {@value #FAILURES} calls of an interface all failed for a reason that an
 * operator has to act on: network, platform, credentials, clock, configuration. It asks the platform nothing itself: a
 * question without a person's consent is not allowed.
 */
public class SkmHealthIndicator implements HealthIndicator, SkmCallListener {
    private static final int FAILURES = 3;

    private final ObjectProvider<SkmClient> client;
    private final Map<String, Recent> recent = new ConcurrentSkipListMap<>();

    /**
     * Watches a client.
     *
     * @param client the client; looked up late, since it tells this indicator of its calls
     */
    public SkmHealthIndicator(ObjectProvider<SkmClient> client) {
        this.client = client;
    }

    @Override
    public void ended(SkmCall call) {
        recent.compute(call.name(), (name, before) -> Recent.after(before, call));
    }

    @Override
    public Health health() {
        SkmClient watched = client.getIfAvailable();
        if (watched == null || watched.isClosed()) {
            return Health.down().withDetail("client", "closed").build();
        }
        boolean failing = recent.values().stream().anyMatch(last -> last.failures >= FAILURES);
        Health.Builder health = failing ? Health.down() : Health.up();
        recent.forEach((name, last) -> health.withDetail(name, last.outcome));
        return health.build();
    }

    /** What came of an interface's last calls. */
    private static final class Recent {
        private final String outcome;
        private final int failures;

        private Recent(String outcome, int failures) {
            this.outcome = outcome;
            this.failures = failures;
        }

        static Recent after(Recent before, SkmCall call) {
            if (!isOperators(call.error())) {
                return new Recent(call.outcome(), 0);
            }
            return new Recent(call.outcome(), before == null ? 1 : before.failures + 1);
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
