package bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The two calls as written by hand in Java: bodies, javax.crypto, checked answers. The HTTP client is the caller's. */
final class Wire {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SecretKeySpec BODY_KEY = key("fedcba9876543210");
    static final String AUTH;

    static {
        try {
            AUTH = seal(key("0123456789abcdef"), Driver.ACCOUNT.getBytes(StandardCharsets.UTF_8));
        } catch (Exception fault) {
            throw new ExceptionInInitializerError(fault);
        }
    }

    private final boolean id;

    Wire(Driver driver) {
        this.id = driver.id;
    }

    String contentType() {
        return id ? "text/plain" : "application/x-www-form-urlencoded; charset=UTF-8";
    }

    boolean hasAuth() {
        return id;
    }

    byte[] body() throws Exception {
        return id ? idBody() : scanBody();
    }

    void check(int status, byte[] body) throws Exception {
        JsonNode answer = JSON.readTree(body);
        if (status != 200) {
            throw new IllegalStateException("status " + status);
        }
        if (id) {
            checkId(answer);
        } else {
            checkScan(answer);
        }
    }

    private static byte[] scanBody() {
        StringBuilder body = new StringBuilder(1024);
        pair(body, "url", Driver.QR_TEXT);
        pair(body, "source", Driver.SOURCE);
        pair(body, "position", Driver.POSITION);
        pair(body, "verifierDept", Driver.DEPT);
        pair(body, "verifierName", Driver.VERIFIER);
        pair(body, "verifierPhone", Driver.PHONE);
        pair(body, "token", Driver.TOKEN);
        return body.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void pair(StringBuilder body, String name, String value) {
        if (body.length() > 0) {
            body.append('&');
        }
        body.append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }

    private static byte[] idBody() throws Exception {
        Map<String, String> question = new LinkedHashMap<>();
        question.put("userid", Driver.NUMBER);
        question.put("name", Driver.NAME);
        question.put("organizeLocation", Driver.DEPT);
        question.put("applyType", Driver.APPLY_TYPE);
        return seal(BODY_KEY, JSON.writeValueAsBytes(question)).getBytes(StandardCharsets.US_ASCII);
    }

    private static void checkScan(JsonNode answer) {
        JsonNode res = answer.path("res");
        if (!answer.path("resCode").asText().equals("0")
                || !res.path("level").asText().equals("green")
                || res.path("name").asText().isEmpty()) {
            throw new IllegalStateException("not green");
        }
    }

    private static void checkId(JsonNode answer) throws Exception {
        if (!answer.path("code").asText().equals("200")) {
            throw new IllegalStateException(answer.path("message").asText());
        }
        Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");
        cipher.init(Cipher.DECRYPT_MODE, BODY_KEY);
        JsonNode person = JSON.readTree(
                cipher.doFinal(Base64.getDecoder().decode(answer.path("data").asText())));
        if (!person.path("userid").asText().equals(Driver.NUMBER)
                || !person.path("levelData").asText().equals("green")
                || person.path("name").asText().isEmpty()) {
            throw new IllegalStateException("not green");
        }
    }

    private static SecretKeySpec key(String text) {
        return new SecretKeySpec(text.getBytes(StandardCharsets.US_ASCII), "AES");
    }

    private static String seal(SecretKeySpec key, byte[] plain) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return Base64.getEncoder().encodeToString(cipher.doFinal(plain));
    }

    /** A context that trusts the server's authority alone; the default one for plain http. */
    static SSLContext tls(String caFile) throws Exception {
        if (caFile == null) {
            return SSLContext.getDefault();
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(Paths.get(caFile))) {
            store.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
