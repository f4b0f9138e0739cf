package io.skm.junit;

import io.skm.SkmClient;
import io.skm.SkmSandbox;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A sandbox for a test class: started when first asked for, reset before each test, stopped after the last.
 *
 * <pre>{@code
 * @ExtendWith(SkmSandboxExtension.class)
 * class GateTest {
 *     @Test
 *     void opensForGreen(SkmSandbox sandbox, SkmClient client) { ... }
 * }
 * }</pre>
 */
public final class SkmSandboxExtension implements ParameterResolver, BeforeEachCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace PLACE =
            ExtensionContext.Namespace.create(SkmSandboxExtension.class);

    /** Made by JUnit. */
    public SkmSandboxExtension() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == SkmSandbox.class || type == SkmClient.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Running running = store(context).getOrComputeIfAbsent(Running.class, key -> new Running(), Running.class);
        return parameter.getParameter().getType() == SkmSandbox.class ? running.sandbox : running.client;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        Running running = store(context).get(Running.class, Running.class);
        if (running != null) {
            running.sandbox.reset();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Running running = store(context).remove(Running.class, Running.class);
        if (running != null) {
            running.client.close();
            running.sandbox.close();
        }
    }

    /** The test class's store: one sandbox for all of its tests, and none for other classes that run beside it. */
    private static ExtensionContext.Store store(ExtensionContext context) {
        ExtensionContext at = context;
        while (at.getTestMethod().isPresent() && at.getParent().isPresent()) {
            at = at.getParent().get();
        }
        return at.getStore(PLACE);
    }

    private static final class Running {
        final SkmSandbox sandbox = SkmSandbox.start();
        final SkmClient client = sandbox.openClient();
    }
}
