package visitor;

import io.skm.Consent;
import io.skm.ScanRequest;
import io.skm.SkmClient;
import io.skm.SkmException;
import java.io.IOException;
import java.nio.file.Paths;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/**
 * A visitor check in a plain servlet of Java 8: {@code POST /check} with {@code qr} (the scanned text) and
 * {@code notice} (what the visitor agreed to) answers {@code open} or {@code shut}. The init parameter {@code config}
 * names the configuration file.
 */
public class VisitorServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private transient SkmClient client;

    @Override
    public void init() throws ServletException {
        try {
            client = SkmClient.open(Paths.get(getInitParameter("config")));
        } catch (SkmException failure) {
            // Its text names the key and what would be right, and holds no secret.
            throw new ServletException(failure.getMessage(), failure);
        }
    }

    @Override
    public void destroy() {
        client.close();
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        request.setCharacterEncoding("UTF-8");
        response.setContentType("text/plain; charset=UTF-8");
        response.getWriter().println(answer(request.getParameter("qr"), request.getParameter("notice"), response));
    }

    private String answer(String qr, String notice, HttpServletResponse response) {
        if (notice == null) {
            response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
            return "shut 请注明告知书编号";
        }
        ScanRequest request = ScanRequest.builder()
                .qrText(qr)
                .consent(Consent.explicit(notice))
                .build();
        try {
            return client.verifyScan(request).isGreen() ? "open" : "shut";
        } catch (SkmException failure) {
            // Whatever failed, the door stays shut; the guard is told what to do.
            log(failure.code().label() + ": " + failure.getMessage());
            return "shut " + failure.chinese();
        }
    }
}
