package io.skm;

/** A part of a web application that keeps its client in a static field. */
public final class KeptClient {
    private static SkmClient client;

    private KeptClient() {}

    /** What the application does between its start and its stop. */
    public static void openAndClose() {
        client = SkmClient.parse("", null);
        client.close();
    }
}
