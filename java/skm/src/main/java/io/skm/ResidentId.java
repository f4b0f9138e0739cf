package io.skm;

/** A checked resident identity number (GB 11643-1999). */
public final class ResidentId {
    private final String[] parts;

    /** Takes what the native library gives, in its order. */
    ResidentId(String[] parts) {
        this.parts = parts;
    }

    /**
     * Checks a number without any call.
     *
     * @param number 18 characters; {@code x} counts as {@code X}
     * @return the number, its birth date and sex
     * @throws SkmException {@link SkmErrorCode#INPUT_INVALID}; its {@link SkmException#field()} says what is wrong:
     *     {@code character}, {@code length}, {@code birth_date} or {@code check_digit}
     */
    public static ResidentId parse(String number) {
        return parse(number, false);
    }

    /**
     * As {@link #parse}, and lifts the 15-digit form of before 1999 to 18.
     *
     * @param number 15 or 18 characters
     * @return as {@link #parse}
     */
    public static ResidentId parseLifting15(String number) {
        return parse(number, true);
    }

    private static ResidentId parse(String number, boolean lift15) {
        NativeLoader.load();
        return new ResidentId(Native.residentId(number, lift15));
    }

    /**
     * The number in its normal form: 18 characters, {@code X} in upper case.
     *
     * @return the number
     */
    public String number() {
        return parts[0];
    }

    /**
     * The birth date.
     *
     * @return {@code yyyy-MM-dd}
     */
    public String birthDate() {
        return parts[1];
    }

    /**
     * The sex.
     *
     * @return {@code female} or {@code male}
     */
    public String sex() {
        return parts[2];
    }

    /** Shows nothing of what is in it. */
    @Override
    public String toString() {
        return "ResidentId{***}";
    }
}
