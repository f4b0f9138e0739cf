package trust;

import io.skm.Check;
import io.skm.Checked;
import io.skm.SkmClient;
import io.skm.SkmException;
import io.skm.TrustPanic;
import io.skm.UserToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Speaks the line protocol of tests/trust (see its README) for the Java library. */
public final class Driver {
    private static final int ROWS = 4;

    private final Map<String, SkmClient> clients = new HashMap<>();
    private final ExecutorService executor = Executors.newFixedThreadPool(4, work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    });

    private Driver() {}

    /** Until standard input ends. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Driver driver = new Driver();
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(driver.answer(line.split("\t", -1)));
        }
    }

    private String answer(String[] fields) throws InterruptedException {
        try {
            if (fields[0].equals("open")) {
                return open(fields[1], fields[2]);
            }
            SkmClient client = clients.get(fields[1]);
            switch (fields[0]) {
                case "call":
                    return call(client, fields);
                case "loop":
                    return Loop.run(client, fields);
                case "display":
                    return display(client, new Asked(fields, 2));
                case "close":
                    client.close();
                    return "closed";
                case "panic":
                    TrustPanic.with(String.join(" ", fields));
                    return "no panic";
                default:
                    return "usage";
            }
        } catch (SkmException failure) {
            return Seen.of(failure).outcome;
        }
    }

    private String open(String slot, String path) {
        SkmClient old = clients.remove(slot);
        if (old != null) {
            old.close();
        }
        clients.put(slot, Said.shown(SkmClient.open(Paths.get(path))).withListener(Said::ended));
        return "opened";
    }

    private String call(SkmClient client, String[] fields) {
        long started = System.nanoTime();
        Asked asked;
        try {
            asked = new Asked(fields, 4);
        } catch (SkmException refused) {
            // A consent is refused where it is given.
            return line(Seen.of(refused)) + '\t' + (System.nanoTime() - started) / 1000;
        }
        String seen;
        switch (fields[3]) {
            case "async":
                seen = line(asynchronous(client, fields[2], asked));
                break;
            case "many":
                seen = many(client, fields[2], asked);
                break;
            default:
                seen = line(block(client, fields[2], asked));
        }
        return seen + '\t' + (System.nanoTime() - started) / 1000;
    }

    private static String line(Seen seen) {
        return seen.outcome + '\t' + (seen.green ? 1 : 0);
    }

    static Seen block(SkmClient client, String name, Asked asked) {
        try {
            switch (name) {
                case "issue_user_token":
                    return Seen.of(client.issueUserToken(asked.token()));
                case "verify_scan":
                    return Seen.of(client.verifyScan(asked.scan()));
                default:
                    return Seen.of(client.verifyId(asked.id()));
            }
        } catch (SkmException failure) {
            return Seen.of(failure);
        }
    }

    private Seen asynchronous(SkmClient client, String name, Asked asked) {
        try {
            return Seen.of(submitted(client, name, asked).join());
        } catch (CompletionException failure) {
            Said.failure(failure);
            return Seen.of((SkmException) failure.getCause());
        }
    }

    private CompletableFuture<?> submitted(SkmClient client, String name, Asked asked) {
        switch (name) {
            case "issue_user_token":
                return client.issueUserTokenAsync(asked.token(), executor);
            case "verify_scan":
                return client.verifyScanAsync(asked.scan(), executor);
            default:
                return client.verifyIdAsync(asked.id(), executor);
        }
    }

    /** Every distinct outcome; green if any row was. Each row must come back once, in its turn. */
    private static String many(SkmClient client, String name, Asked asked) {
        Check row = name.equals("verify_scan") ? asked.scan() : asked.id();
        Set<String> outcomes = new LinkedHashSet<>();
        boolean green = false;
        boolean inTurn = true;
        int rows = 0;
        try (io.skm.Batch batch =
                client.verifyMany(Collections.nCopies(ROWS, row).iterator())) {
            while (batch.hasNext()) {
                Checked checked = Said.shown(batch.next());
                Seen seen = checked.error() == null ? Seen.of(checked.result()) : Seen.of(checked.error());
                outcomes.add(seen.outcome);
                green |= seen.green;
                inTurn &= checked.row() == rows;
                rows++;
            }
        }
        return (inTurn && rows == ROWS ? String.join(",", outcomes) : "row_count_wrong") + '\t' + (green ? 1 : 0);
    }

    /** Interfaces 1 and 2; gives {@code issued} and the token, so that the harness can look for it everywhere else. */
    private static String display(SkmClient client, Asked asked) {
        UserToken user = Said.shown(client.issueUserToken(asked.token()));
        Said.shown(client.displayUrl(user.token(), user.uuid()));
        return "issued\t" + user.token();
    }
}
