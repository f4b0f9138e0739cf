package bench;

import io.skm.Consent;
import io.skm.IdRequest;
import io.skm.IdResult;
import io.skm.ScanRequest;
import io.skm.ScanResult;
import io.skm.SkmClient;

/** io.skm as a Java program uses it: one client for all threads. */
final class Ours {
    private static final Consent CONSENT = Consent.explicit(Driver.NOTICE);

    private Ours() {}

    public static void main(String[] words) throws Exception {
        Driver driver = new Driver(words);
        SkmClient.Builder keys = SkmClient.builder()
                .set("scan.url", driver.url + Driver.SCAN_PATH)
                .set("scan.source", Driver.SOURCE)
                .set("scan.token", Driver.TOKEN)
                .set("scan.position", Driver.POSITION)
                .set("scan.verifier_dept", Driver.DEPT)
                .set("scan.verifier_name", Driver.VERIFIER)
                .set("scan.verifier_phone", Driver.PHONE)
                .set("id.url", driver.url + Driver.ID_PATH)
                .set("id.account", Driver.ACCOUNT)
                .set("id.auth_key", "MDEyMzQ1Njc4OWFiY2RlZg==")
                .set("id.body_key", "ZmVkY2JhOTg3NjU0MzIxMA==")
                .set("id.organize_location", Driver.DEPT)
                .set("id.apply_type", Driver.APPLY_TYPE)
                .set("http.deadline_ms", "30000")
                .set("http.connect_timeout_ms", "30000")
                .set("http.max_connections", String.valueOf(Math.max(driver.threads, 16)));
        if (driver.ca != null) {
            keys.set("http.ca_file", driver.ca);
        }
        SkmClient client = keys.build();
        driver.run(driver.id ? () -> verifyId(client) : () -> verifyScan(client));
    }

    private static void verifyScan(SkmClient client) {
        ScanResult result = client.verifyScan(
                ScanRequest.builder().qrText(Driver.QR_TEXT).consent(CONSENT).build());
        if (!result.isGreen() || result.name().isEmpty()) {
            throw new IllegalStateException("not green");
        }
    }

    private static void verifyId(SkmClient client) {
        IdResult result = client.verifyId(IdRequest.builder()
                .number(Driver.NUMBER)
                .name(Driver.NAME)
                .consent(CONSENT)
                .build());
        if (!result.isGreen() || result.name().isEmpty()) {
            throw new IllegalStateException("not green");
        }
    }
}
