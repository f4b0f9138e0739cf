package trust;

import io.skm.SkmCall;
import io.skm.SkmException;
import java.io.FileWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;

/** Everything that can be shown of a value goes to the file that {@code TRUST_SAID} names. */
final class Said {
    private static final PrintWriter FILE = open();

    private Said() {}

    private static PrintWriter open() {
        String path = System.getenv("TRUST_SAID");
        try {
            return path == null ? null : new PrintWriter(new FileWriter(path, true), true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static <T> T shown(T value) {
        if (FILE != null) {
            FILE.println(value);
        }
        return value;
    }

    /** All that a listener is given, from which metrics are made. */
    static void ended(SkmCall call) {
        if (FILE != null) {
            FILE.println("call " + call + " " + call.name() + " " + call.outcome() + " " + call.error());
        }
    }

    /** The messages, the accessors that are safe to log, and the stack trace with every cause. */
    static void failure(Throwable failure) {
        if (FILE == null) {
            return;
        }
        synchronized (FILE) {
            FILE.println("error " + failure + " " + failure.getLocalizedMessage());
            failure.printStackTrace(FILE);
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof SkmException) {
                    SkmException e = (SkmException) cause;
                    FILE.println(e.chinese() + " " + e.technicalChinese() + " " + e.callName() + " " + e.field() + " "
                            + e.platformCode());
                }
            }
        }
    }
}
