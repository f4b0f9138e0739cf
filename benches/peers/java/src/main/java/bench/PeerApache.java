package bench;

import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.util.Timeout;

/** Apache HttpClient 5: one pooled client for all threads. */
final class PeerApache {
    private PeerApache() {}

    public static void main(String[] words) throws Exception {
        Driver driver = new Driver(words);
        Wire wire = new Wire(driver);
        String url = driver.url + driver.path();
        PoolingHttpClientConnectionManager pool = PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(driver.threads)
                .setMaxConnPerRoute(driver.threads)
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(Wire.tls(driver.ca)))
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.ofSeconds(30))
                        .build())
                .build();
        CloseableHttpClient client = HttpClients.custom()
                .setConnectionManager(pool)
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(Timeout.ofSeconds(30))
                        .build())
                .build();
        ContentType type = ContentType.parse(wire.contentType());
        driver.run(() -> {
            HttpPost post = new HttpPost(url);
            post.setEntity(new ByteArrayEntity(wire.body(), type));
            if (wire.hasAuth()) {
                post.setHeader("auth", Wire.AUTH);
            }
            client.execute(post, answer -> {
                byte[] body = EntityUtils.toByteArray(answer.getEntity());
                try {
                    wire.check(answer.getCode(), body);
                } catch (Exception fault) {
                    throw new IllegalStateException(fault);
                }
                return null;
            });
        });
    }
}
