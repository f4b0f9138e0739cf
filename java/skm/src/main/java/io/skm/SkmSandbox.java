package io.skm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A strict province platform on a free loopback port, inside this JVM: the four interfaces with invented people, faults
 * on demand and the H5 page. For tests and demonstrations; it needs nothing but this JAR.
 *
 * <pre>{@code
 * try (SkmSandbox sandbox = SkmSandbox.start(); SkmClient client = sandbox.openClient()) {
 *     String qr = sandbox.freshQr(sandbox.person(SkmLevel.GREEN).number());
 *     ...
 * }
 * }</pre>
 */
public final class SkmSandbox implements AutoCloseable {
    private static final int PERSON_PARTS = 5;

    private final Handle handle;
    private final String url;
    private final String config;

    private SkmSandbox(int port, long seed, boolean lenient) {
        NativeLoader.load();
        long pointer = Native.sandboxStart(port, seed, lenient);
        handle = new Handle(pointer, closing -> {}, Native::sandboxFree);
        String[] info = Native.sandboxInfo(pointer);
        url = info[0];
        config = info[1];
    }

    /**
     * Starts a sandbox on a free port. When this returns, it accepts connections.
     *
     * @return the sandbox
     */
    public static SkmSandbox start() {
        return start(0, 1);
    }

    /**
     * Starts a sandbox.
     *
     * @param port the port on 127.0.0.1; 0 takes a free one
     * @param seed decides the credentials, the people and the course of random things
     * @return the sandbox
     * @throws SkmException for a port that is taken
     */
    public static SkmSandbox start(int port, long seed) {
        return start(port, seed, false);
    }

    /**
     * Starts a sandbox that takes, if lenient, what a real platform would beyond the specification: for tests of a client
     * of your own.
     *
     * @param port the port on 127.0.0.1; 0 takes a free one
     * @param seed decides the credentials, the people and the course of random things
     * @param lenient whether other white space, order and members in JSON are taken
     * @return the sandbox
     * @throws SkmException for a port that is taken
     */
    public static SkmSandbox start(int port, long seed, boolean lenient) {
        return new SkmSandbox(port, seed, lenient);
    }

    /**
     * Where it listens. {@code /_sandbox/} below it lists what can be set and seen.
     *
     * @return such as {@code http://127.0.0.1:40123}
     */
    public String url() {
        return url;
    }

    /**
     * A complete configuration for a client of this sandbox, with its invented credentials.
     *
     * @return the text of a {@code skm.toml}
     */
    public String config() {
        return config;
    }

    /**
     * Opens a client of this sandbox. Close it as any other.
     *
     * @return the client
     */
    public SkmClient openClient() {
        return SkmClient.parse(config, null);
    }

    /**
     * Everyone whom the sandbox knows. All of them are invented.
     *
     * @return the people
     */
    public List<Person> people() {
        return handle.with(sandbox -> {
            String[] cells = Native.sandboxPeople(sandbox);
            List<Person> people = new ArrayList<>();
            for (int at = 0; at < cells.length; at += PERSON_PARTS) {
                people.add(new Person(cells, at));
            }
            return Collections.unmodifiableList(people);
        });
    }

    /**
     * Somebody of a level, with a resident identity card.
     *
     * @param level the level
     * @return the first of {@link #people()}
     */
    public Person person(SkmLevel level) {
        return people().stream()
                .filter(person -> person.level() == level && person.papersType().equals("1"))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the sandbox has nobody who is " + level));
    }

    /**
     * A code that this person could show now; it expires after a minute.
     *
     * @param number the person's certificate number
     * @return the code's text
     * @throws SkmException {@link SkmErrorCode#INPUT_INVALID} if nobody has this number
     */
    public String freshQr(String number) {
        return handle.with(sandbox -> Native.sandboxQr(sandbox, number));
    }

    /**
     * Makes calls go wrong.
     *
     * @param rule the rule as JSON, such as <code>{"interface":"verify_scan","kind":"stall"}</code>; the sandbox lists
     *     every kind at {@code /_sandbox/faults/kinds}
     * @return the rule's number
     * @throws SkmException {@link SkmErrorCode#INPUT_INVALID}, saying what would be right
     */
    public long addFault(String rule) {
        return handle.with(sandbox -> Native.sandboxFault(sandbox, rule));
    }

    /** Back to the state after the start: no faults, tokens and codes, the real time. */
    public void reset() {
        handle.run(sandbox -> {
            Native.sandboxReset(sandbox);
        });
    }

    /** Stops it and cuts every connection. May be called again. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return "SkmSandbox{" + url + '}';
    }

    /** An invented person. */
    public static final class Person {
        private final String[] cells;
        private final int at;

        private Person(String[] cells, int at) {
            this.cells = cells;
            this.at = at;
        }

        /**
         * The full name.
         *
         * @return the name
         */
        public String name() {
            return cells[at];
        }

        /**
         * The certificate type of table A.2.
         *
         * @return {@code 1} to {@code 7}
         */
        public String papersType() {
            return cells[at + 1];
        }

        /**
         * The certificate number.
         *
         * @return the number
         */
        public String number() {
            return cells[at + 2];
        }

        /**
         * The mobile number.
         *
         * @return the number
         */
        public String mobile() {
            return cells[at + 3];
        }

        /**
         * What the sandbox says about this person.
         *
         * @return the level
         */
        public SkmLevel level() {
            return SkmLevel.of(cells[at + 4]);
        }

        @Override
        public String toString() {
            return "Person{" + level() + ", ***}";
        }
    }
}
