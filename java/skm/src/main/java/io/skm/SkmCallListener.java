package io.skm;

/**
 * Is told of every call of a client when it has ended, on the thread that called; of an async call that its executor
 * had not begun by the deadline, on a thread of the common pool. It should be short.
 */
@FunctionalInterface
public interface SkmCallListener {
    /**
     * A call has ended. What is thrown here is ignored, but for a {@link VirtualMachineError}: a listener never changes
     * the outcome of a call.
     *
     * @param call the call
     */
    void ended(SkmCall call);
}
