package bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** java.net.http: one client for all threads. */
final class PeerHttpClient {
    private PeerHttpClient() {}

    public static void main(String[] words) throws Exception {
        Driver driver = new Driver(words);
        Wire wire = new Wire(driver);
        URI uri = URI.create(driver.url + driver.path());
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(30))
                .sslContext(Wire.tls(driver.ca))
                .build();
        driver.run(() -> {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                    .timeout(Duration.ofSeconds(30))
                    .header("Content-Type", wire.contentType())
                    .POST(HttpRequest.BodyPublishers.ofByteArray(wire.body()));
            if (wire.hasAuth()) {
                request.header("auth", Wire.AUTH);
            }
            HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            wire.check(answer.statusCode(), answer.body());
        });
    }
}
