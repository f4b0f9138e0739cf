package trust;

import io.skm.SkmException;
import io.skm.VerifyResult;

/** What a caller saw of one call. */
final class Seen {
    final String outcome;
    final boolean green;

    private Seen(String outcome, boolean green) {
        this.outcome = outcome;
        this.green = green;
    }

    /** Of an answer; interface 1 has no verdict. */
    static Seen of(Object answer) {
        Said.shown(answer);
        if (!(answer instanceof VerifyResult)) {
            return new Seen("ok", false);
        }
        VerifyResult result = (VerifyResult) answer;
        return new Seen(result.verdict().toString().toLowerCase(), result.isGreen());
    }

    static Seen of(SkmException failure) {
        Said.failure(failure);
        return new Seen(failure.code().label(), false);
    }
}
