package bench;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * HttpURLConnection, whose keep-alive cache is made as large as there are threads. Not in streaming mode: then it waits
 * for a millisecond before it uses a connection again.
 */
final class PeerUrlConnection {
    private PeerUrlConnection() {}

    public static void main(String[] words) throws Exception {
        Driver driver = new Driver(words);
        System.setProperty("http.maxConnections", String.valueOf(Math.max(driver.threads, 5)));
        Wire wire = new Wire(driver);
        URL url = new URL(driver.url + driver.path());
        SSLSocketFactory tls = Wire.tls(driver.ca).getSocketFactory();
        driver.run(() -> call(url, tls, wire));
    }

    private static void call(URL url, SSLSocketFactory tls, Wire wire) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        if (connection instanceof HttpsURLConnection) {
            ((HttpsURLConnection) connection).setSSLSocketFactory(tls);
        }
        byte[] body = wire.body();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setConnectTimeout(30_000);
        connection.setReadTimeout(30_000);
        connection.setRequestProperty("Content-Type", wire.contentType());
        if (wire.hasAuth()) {
            connection.setRequestProperty("auth", Wire.AUTH);
        }
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        int status = connection.getResponseCode();
        try (InputStream in = status == 200 ? connection.getInputStream() : connection.getErrorStream()) {
            wire.check(status, in.readAllBytes());
        }
    }
}
