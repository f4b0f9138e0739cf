package io.skm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;

/**
 * The other side of the wire, for operators who re-issue interfaces 3 and 4 under the right of second packaging
 * (二封授权, clause 7): reads what a unit's client sends, opens and seals interface 4 with that unit's keys.
 *
 * <p>One for each unit, made from the unit's configuration. For any number of threads at once.
 */
public final class SkmPlatform implements AutoCloseable {
    private static final byte[] NOTHING = {};

    private final Handle handle;

    private SkmPlatform(ConfigSource source) {
        NativeLoader.load();
        long pointer = Native.platformOpen(source.form, source.parts);
        handle = new Handle(pointer, closing -> {}, Native::platformFree);
    }

    /**
     * Takes a unit's keys from its configuration file.
     *
     * @param file the file, in TOML
     * @return the unit, as the platform knows it
     * @throws SkmException for a configuration that is not right, naming file, line and key
     */
    public static SkmPlatform open(Path file) {
        return new SkmPlatform(ConfigSource.file(file));
    }

    /**
     * Takes a unit's keys from the dotted keys of its configuration.
     *
     * @param properties the keys and their values
     * @return the unit, as the platform knows it
     * @throws IllegalArgumentException for a value that is not a text
     * @throws SkmException for a configuration that is not right, naming the key
     */
    public static SkmPlatform open(Properties properties) {
        return new SkmPlatform(ConfigSource.keys(properties));
    }

    /**
     * Takes a unit's keys from the text of its configuration.
     *
     * @param toml the text
     * @param base what relative paths in it are relative to, or null for the working directory
     * @return the unit, as the platform knows it
     * @throws SkmException for a configuration that is not right, naming line and key
     */
    public static SkmPlatform parse(String toml, Path base) {
        return new SkmPlatform(ConfigSource.text(toml, base));
    }

    /**
     * Interface 1's sign: lower-case hex of MD5 over the three, in this order.
     *
     * @param appmark the application id
     * @param appword the application secret
     * @param time the time stamp, exactly as sent
     * @return the sign
     */
    public static String sign(String appmark, String appword, String time) {
        NativeLoader.load();
        return Native.sign(appmark, appword, time);
    }

    /**
     * Whether a call's sign is right, in upper or lower case; compared in constant time.
     *
     * @param call the call
     * @param appword the secret of the application that it names
     * @return whether it is right
     */
    public static boolean checkSign(UserTokenCall call, String appword) {
        NativeLoader.load();
        return Native.checkSign(new String[] {call.appmark(), appword, call.time(), call.sign()});
    }

    /**
     * Reads the five parameters of interface 1 from a query (GET), a form or a JSON object (POST).
     *
     * @param method {@code GET} or {@code POST}
     * @param contentType the header, or null
     * @param query the query without {@code ?}, or null
     * @param body the body, or null
     * @return the parameters, unchecked
     * @throws SkmException {@link SkmErrorCode#INPUT_INVALID}, naming what is missing, doubled or not UTF-8
     */
    public static UserTokenCall readUserToken(String method, String contentType, String query, byte[] body) {
        NativeLoader.load();
        String[] head = {method, contentType, query};
        return new UserTokenCall(Native.readUserToken(head, body == null ? NOTHING : body));
    }

    /**
     * Reads the form of interface 3.
     *
     * @param body the body
     * @return the parameters, unchecked
     * @throws SkmException {@link SkmErrorCode#INPUT_INVALID}, naming what is missing, doubled or not UTF-8
     */
    public static ScanCall readScan(byte[] body) {
        NativeLoader.load();
        return new ScanCall(Native.readScan(body == null ? NOTHING : body));
    }

    /**
     * Whether a time stamp is of the dialect's format and near enough to this machine's clock.
     *
     * @param time the time stamp
     * @param window how far off it may be, either way
     * @return whether it is
     */
    public boolean isTimely(String time, Duration window) {
        return handle.with(platform -> Native.isTimely(platform, time, window.toMillis()));
    }

    /**
     * Opens the {@code auth} header of interface 4.
     *
     * @param header the header's value
     * @return the account that it names: a secret
     * @throws SkmException {@link SkmErrorCode#ANSWER_UNREADABLE}, whatever is wrong with it
     */
    public String openAuth(String header) {
        return handle.with(platform -> Native.openAuth(platform, header));
    }

    /**
     * Opens a body of interface 4.
     *
     * @param body the body, as it arrived
     * @return what was asked
     * @throws SkmException {@link SkmErrorCode#ANSWER_UNREADABLE} if it cannot be decrypted;
     *     {@link SkmErrorCode#INPUT_INVALID} naming what is missing in it
     */
    public IdBody openBody(byte[] body) {
        return handle.with(platform -> new IdBody(Native.openBody(platform, body == null ? NOTHING : body)));
    }

    /**
     * Seals an answer of interface 4: what {@code data} carries.
     *
     * @param number the certificate number, as asked
     * @param name the name
     * @param level the level: a word of the dialect's alphabet, such as {@code green} or {@code 1}
     * @param travel the travel record, or null
     * @param reason why a code is not green, or null
     * @return the sealed text
     */
    public String sealAnswer(String number, String name, String level, String travel, String reason) {
        return handle.with(platform -> Native.sealAnswer(platform, new String[] {number, name, level, travel, reason}));
    }

    /** Forgets the keys. May be called again. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return "SkmPlatform{***}";
    }
}
