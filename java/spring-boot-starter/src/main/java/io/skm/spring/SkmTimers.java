package io.skm.spring;

import io.micrometer.core.instrument.MeterRegistry;
import io.skm.SkmCall;
import io.skm.SkmCallListener;

/**
 * The timer {@code skm.calls} with the tags {@code call} ({@code verify_scan}, …) and {@code outcome} ({@code ok}, or
 * the label of the error). Nothing of the person is in it, not even the level.
 */
public class SkmTimers implements SkmCallListener {
    private final MeterRegistry registry;

    /**
     * Records into a registry.
     *
     * @param registry the registry
     */
    public SkmTimers(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void ended(SkmCall call) {
        registry.timer("skm.calls", "call", call.name(), "outcome", call.outcome())
                .record(call.took());
    }
}
