package visitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.skm.SkmLevel;
import io.skm.SkmSandbox;
import io.skm.junit.SkmSandboxExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The servlet in a container, against the sandbox. */
@ExtendWith(SkmSandboxExtension.class)
class VisitorServletTest {
    @Test
    void opensForGreenOnly(SkmSandbox sandbox, @TempDir Path folder) throws Exception {
        Path config = folder.resolve("skm.toml");
        Files.write(config, sandbox.config().getBytes(StandardCharsets.UTF_8));
        Server server = serve(config);
        try {
            int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
            assertEquals(
                    "open",
                    check(port, sandbox.freshQr(sandbox.person(SkmLevel.GREEN).number())));
            assertEquals(
                    "shut",
                    check(port, sandbox.freshQr(sandbox.person(SkmLevel.RED).number())));
            assertTrue(check(port, "https://pay.example.invalid/1").startsWith("shut 这不是苏康码"));
        } finally {
            server.stop();
        }
    }

    private static Server serve(Path config) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletHolder holder = new ServletHolder(new VisitorServlet());
        holder.setInitParameter("config", config.toString());
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(holder, "/check");
        server.setHandler(context);
        server.start();
        return server;
    }

    private static String check(int port, String qr) throws IOException {
        HttpURLConnection http = (HttpURLConnection) new URL("http://127.0.0.1:" + port + "/check").openConnection();
        http.setDoOutput(true);
        String form = "notice=A-12&qr=" + URLEncoder.encode(qr, "UTF-8");
        http.getOutputStream().write(form.getBytes(StandardCharsets.UTF_8));
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(http.getInputStream(), StandardCharsets.UTF_8))) {
            return in.readLine();
        }
    }
}
