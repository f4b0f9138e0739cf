package io.skm;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A server on loopback that gives one answer to everything and remembers what it was asked last. */
final class OneAnswer implements AutoCloseable {
    private final HttpServer server;
    private volatile int status = 200;
    private volatile String answer = "{}";
    private volatile HttpExchange asked;
    private volatile String body;

    OneAnswer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    void willAnswer(int newStatus, String newAnswer) {
        status = newStatus;
        answer = newAnswer;
    }

    String method() {
        return asked.getRequestMethod();
    }

    String query() {
        return asked.getRequestURI().getRawQuery();
    }

    String header(String name) {
        return asked.getRequestHeaders().getFirst(name);
    }

    String body() {
        return body;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        body = new String(readAll(exchange.getRequestBody()), StandardCharsets.UTF_8);
        asked = exchange;
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static byte[] readAll(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[4096];
        for (int read = in.read(some); read >= 0; read = in.read(some)) {
            all.write(some, 0, read);
        }
        return all.toByteArray();
    }
}
