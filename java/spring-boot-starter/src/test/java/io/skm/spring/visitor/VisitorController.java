package io.skm.spring.visitor;

import io.skm.Consent;
import io.skm.ScanRequest;
import io.skm.SkmClient;
import io.skm.SkmException;
import io.skm.SkmVerdict;
import java.util.Collections;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Checks a visitor's code at the door. */
@RestController
class VisitorController {
    private final SkmClient client;

    VisitorController(SkmClient client) {
        this.client = client;
    }

    @PostMapping("/visitors/check")
    Map<String, Object> check(@RequestParam String qr, @RequestParam String notice) {
        SkmVerdict verdict = client.verifyScan(ScanRequest.builder()
                        .qrText(qr)
                        .consent(Consent.explicit(notice))
                        .build())
                .verdict();
        return Collections.singletonMap("open", verdict.isGreen());
    }

    /** A failed check opens nothing. */
    @ExceptionHandler
    ResponseEntity<Map<String, Object>> failed(SkmException failure) {
        HttpStatus status = failure.isRetryable() ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.UNPROCESSABLE_ENTITY;
        return ResponseEntity.status(status).body(Collections.singletonMap("why", failure.chinese()));
    }
}
