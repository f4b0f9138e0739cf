package io.skm;

/** What interface 3 is asked (table B.1). What a request leaves out comes from the configuration. */
public final class ScanRequest implements Check {
    private final String[] parts;

    private ScanRequest(String[] parts) {
        this.parts = parts;
    }

    /**
     * Starts a request.
     *
     * @return an empty builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** In the order of the native library's {@code verifyScan}. */
    String[] parts() {
        return parts;
    }

    /** Shows that it is there, nothing of what is in it. */
    @Override
    public String toString() {
        return "ScanRequest{***, consent=" + parts[0] + ", notice=" + parts[1] + '}';
    }

    /** Collects a request. The call checks it; nothing is checked here. */
    public static final class Builder {
        private final String[] parts = new String[8];

        private Builder() {}

        /**
         * The person's consent; required; for the evidence log, if any; never sent.
         *
         * @param consent the consent; null takes back an earlier one
         * @return this
         */
        public Builder consent(Consent consent) {
            Consent.fill(parts, consent);
            return this;
        }

        /**
         * The full text of the scanned code; required.
         *
         * @param qrText the value, or null
         * @return this
         */
        public Builder qrText(String qrText) {
            parts[3] = qrText;
            return this;
        }

        /**
         * Where the check happens: {@code province,city,district,street}.
         *
         * @param position the value, or null
         * @return this
         */
        public Builder position(String position) {
            parts[4] = position;
            return this;
        }

        /**
         * The verifying unit.
         *
         * @param verifierDept the value, or null
         * @return this
         */
        public Builder verifierDept(String verifierDept) {
            parts[5] = verifierDept;
            return this;
        }

        /**
         * The verifying person.
         *
         * @param verifierName the value, or null
         * @return this
         */
        public Builder verifierName(String verifierName) {
            parts[6] = verifierName;
            return this;
        }

        /**
         * That person's phone.
         *
         * @param verifierPhone the value, or null
         * @return this
         */
        public Builder verifierPhone(String verifierPhone) {
            parts[7] = verifierPhone;
            return this;
        }

        /**
         * Ends the request. The builder may go on; the request stays as it is.
         *
         * @return the request
         */
        public ScanRequest build() {
            return new ScanRequest(parts.clone());
        }
    }
}
