package trust;

import io.skm.Consent;
import io.skm.IdRequest;
import io.skm.ScanRequest;
import io.skm.UserTokenRequest;

/** Whom a line asks about. */
final class Asked {
    private final String number;
    private final String name;
    private final String mobile;
    private final String qr;
    private final Consent consent;

    Asked(String[] fields, int from) {
        number = field(fields, from);
        name = field(fields, from + 1);
        mobile = field(fields, from + 2);
        qr = field(fields, from + 3);
        String notice = field(fields, from + 4);
        consent = notice.isEmpty() ? null : Said.shown(Consent.explicit(notice));
    }

    private static String field(String[] fields, int index) {
        return index < fields.length ? fields[index] : "";
    }

    UserTokenRequest token() {
        return Said.shown(UserTokenRequest.builder()
                .name(name)
                .number(number)
                .mobile(mobile)
                .consent(consent)
                .build());
    }

    ScanRequest scan() {
        return Said.shown(ScanRequest.builder().qrText(qr).consent(consent).build());
    }

    IdRequest id() {
        return Said.shown(
                IdRequest.builder().number(number).name(name).consent(consent).build());
    }
}
