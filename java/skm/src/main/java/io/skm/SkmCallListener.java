package io.skm;

/** Is told of every call of a client when it has ended, on the thread that called. It should be short. */
@FunctionalInterface
public interface SkmCallListener {
    /**
     * A call has ended. What is thrown here is ignored: a listener never changes the outcome of a call.
     *
     * @param call the call
     */
    void ended(SkmCall call);
}
