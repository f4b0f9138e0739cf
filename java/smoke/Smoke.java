import io.skm.Consent;
import io.skm.IdRequest;
import io.skm.ScanRequest;
import io.skm.SkmClient;
import io.skm.SkmException;
import io.skm.SkmLevel;
import io.skm.SkmSandbox;

/** The JAR alone: prints one line, either what works or what the loader says. */
class Smoke {
    public static void main(String[] arguments) {
        try (SkmSandbox sandbox = SkmSandbox.start();
                SkmClient client = sandbox.openClient()) {
            SkmSandbox.Person green = sandbox.person(SkmLevel.GREEN);
            SkmSandbox.Person red = sandbox.person(SkmLevel.RED);
            Consent consent = Consent.explicit("notice A-12");
            boolean scanned = client.verifyScan(ScanRequest.builder()
                            .qrText(sandbox.freshQr(green.number()))
                            .consent(consent)
                            .build())
                    .isGreen();
            boolean let = client.verifyId(IdRequest.builder()
                            .number(red.number())
                            .name(red.name())
                            .consent(consent)
                            .build())
                    .isGreen();
            System.out.println(scanned && !let ? "smoke: green is green, red is not" : "smoke: WRONG");
        } catch (SkmException failure) {
            System.out.println("smoke: " + failure.code().label() + ": " + failure.getMessage());
        }
    }
}
