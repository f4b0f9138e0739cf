package io.skm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Nanoseconds per crossing, and round trips of interface 4 beside clients written by hand with what the JDK has and
 * Jackson. The platform is the sandbox's fixed answer, in this process, for all of them.
 */
final class Bench {
    private static final Consent CONSENT = Consent.explicit("notice A-12");
    private static final int ROUND_TRIPS = Integer.getInteger("round.trips", 10_000);

    private interface Work {
        Object run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println("JDK " + System.getProperty("java.version") + ", skm " + NativeLoader.wrapperVersion());
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            Map<String, String> config = read(sandbox.config());
            String url = sandbox.url() + "/_sandbox/echo/id";
            try (SkmClient client = SkmClient.parse(sandbox.config().replace(config.get("id.url"), url), null)) {
                crossings(client, sandbox);
                roundTrips(client, sandbox, config, url);
            }
        }
    }

    private static void crossings(SkmClient client, SkmSandbox sandbox) throws Exception {
        String qr = sandbox.freshQr(sandbox.person(SkmLevel.GREEN).number());
        String token = "5c1eb7823fc70deb196b1b159f5e0884141dd976959e1d3dd652315dcd73507b";
        System.out.println("\nns per call");
        ns("an empty crossing", () -> {
            Native.nothing();
            return null;
        });
        ns("mask a name (1 string in, 1 out)", () -> SkmMask.name("张三丰"));
        ns("check a code (1 in, 3 out)", () -> client.checkQr(qr));
        ns("build a page URL (2 in, 1 out)", () -> client.displayUrl(token, "P202101011200001236210783"));
        ns("sign, skm (3 in, 1 out)", () -> SkmPlatform.sign("demoapp", "demoword", "20210101120000"));
        ns("sign, by hand (MessageDigest)", () -> sign("demoapp" + "demoword" + "20210101120000"));
    }

    private static void roundTrips(SkmClient client, SkmSandbox sandbox, Map<String, String> config, String url)
            throws Exception {
        SkmSandbox.Person person = sandbox.people().get(0);
        IdRequest request = IdRequest.builder()
                .number(person.number())
                .name(person.name())
                .consent(CONSENT)
                .build();
        ByHand byHand = new ByHand(config, url);
        System.out.println("\nround trips of verify_id, µs: median, 99 of 100");
        micros("skm", () -> check(client.verifyId(request).isGreen()));
        micros("by hand, java.net.http.HttpClient", () -> check(byHand.withHttpClient(person)));
        micros("by hand, HttpURLConnection", () -> check(byHand.withUrlConnection(person)));
    }

    private static Object check(boolean green) {
        if (!green) {
            throw new IllegalStateException("the answer was not green");
        }
        return null;
    }

    private static void ns(String what, Work work) throws Exception {
        long calls = 20_000;
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 12; round++) {
            long began = System.nanoTime();
            for (long i = 0; i < calls; i++) {
                sink = work.run();
            }
            best = Math.min(best, (System.nanoTime() - began) / calls);
        }
        System.out.printf("  %-36s %8d%n", what, best);
    }

    private static void micros(String what, Work work) throws Exception {
        for (int i = 0; i < ROUND_TRIPS / 4; i++) {
            sink = work.run();
        }
        long[] took = new long[ROUND_TRIPS];
        for (int i = 0; i < took.length; i++) {
            long began = System.nanoTime();
            sink = work.run();
            took[i] = System.nanoTime() - began;
        }
        Arrays.sort(took);
        System.out.printf(
                "  %-36s %8.1f %8.1f%n", what, took[took.length / 2] / 1e3, took[took.length * 99 / 100] / 1e3);
    }

    /** Keeps the compiler from leaving the work out. */
    private static volatile Object sink;

    private static String sign(String text) throws GeneralSecurityException {
        StringBuilder hex = new StringBuilder();
        for (byte b : MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8))) {
            hex.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
        }
        return hex.toString();
    }

    /** The sandbox's configuration, flat. */
    private static Map<String, String> read(String toml) {
        Map<String, String> config = new LinkedHashMap<>();
        String section = "";
        for (String line : toml.split("\n")) {
            String[] pair = line.split(" = ", 2);
            if (line.startsWith("[")) {
                section = line.substring(1, line.length() - 1) + ".";
            } else if (pair.length == 2 && !line.startsWith("#")) {
                config.put(section + pair[0], pair[1].replace("\"", ""));
            }
        }
        return config;
    }

    /** Interface 4 as one writes it without this library: no checks, no deadline over all, no repetition. */
    private static final class ByHand {
        private final ObjectMapper json = new ObjectMapper();
        private final HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final String url;
        private final String account;
        private final SecretKeySpec authKey;
        private final SecretKeySpec bodyKey;

        ByHand(Map<String, String> config, String url) {
            this.url = url;
            account = config.get("id.account");
            authKey = new SecretKeySpec(Base64.getDecoder().decode(config.get("id.auth_key")), "AES");
            bodyKey = new SecretKeySpec(Base64.getDecoder().decode(config.get("id.body_key")), "AES");
        }

        boolean withHttpClient(SkmSandbox.Person person) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .header("Content-Type", "text/plain")
                    .header("auth", auth())
                    .POST(HttpRequest.BodyPublishers.ofString(body(person)))
                    .build();
            return isGreen(
                    http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body(), person);
        }

        boolean withUrlConnection(SkmSandbox.Person person) throws Exception {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url).toURL().openConnection();
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "text/plain");
            connection.setRequestProperty("auth", auth());
            connection.getOutputStream().write(body(person).getBytes(StandardCharsets.UTF_8));
            try (InputStream in = connection.getInputStream()) {
                return isGreen(readAll(in), person);
            }
        }

        private String auth() throws GeneralSecurityException {
            return seal(authKey, account.getBytes(StandardCharsets.UTF_8));
        }

        private String body(SkmSandbox.Person person) throws Exception {
            Map<String, String> body = new LinkedHashMap<>();
            body.put("userid", person.number());
            body.put("name", person.name());
            return seal(bodyKey, json.writeValueAsBytes(body));
        }

        private boolean isGreen(byte[] answer, SkmSandbox.Person person) throws Exception {
            JsonNode outer = json.readTree(answer);
            Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");
            cipher.init(Cipher.DECRYPT_MODE, bodyKey);
            JsonNode inner = json.readTree(
                    cipher.doFinal(Base64.getDecoder().decode(outer.get("data").asText())));
            return outer.get("code").asInt() == 200
                    && inner.get("userid").asText().equals(person.number())
                    && inner.get("levelData").asText().equals("green");
        }

        private static String seal(SecretKeySpec key, byte[] plain) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");
            cipher.init(Cipher.ENCRYPT_MODE, key);
            return Base64.getEncoder().encodeToString(cipher.doFinal(plain));
        }

        private static byte[] readAll(InputStream in) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            in.transferTo(all);
            return all.toByteArray();
        }
    }
}
