package io.skm;

/** What interface 4 is asked (table C.2). What a request leaves out comes from the configuration. */
public final class IdRequest implements Check {
    private final String[] parts;

    private IdRequest(String[] parts) {
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

    /** In the order of the native library's {@code verifyId}. */
    String[] parts() {
        return parts;
    }

    /** Shows that it is there, nothing of what is in it. */
    @Override
    public String toString() {
        return "IdRequest{***, consent=" + parts[0] + ", notice=" + parts[1] + '}';
    }

    /** Collects a request. The call checks it; nothing is checked here. */
    public static final class Builder {
        private final String[] parts = new String[9];

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
         * The certificate number; required.
         *
         * @param number the value, or null
         * @return this
         */
        public Builder number(String number) {
            parts[3] = number;
            return this;
        }

        /**
         * The full name; required.
         *
         * @param name the value, or null
         * @return this
         */
        public Builder name(String name) {
            parts[4] = name;
            return this;
        }

        /**
         * How the number is checked before the call, 1 (resident identity card) unless set; never sent.
         *
         * @param papersType the value, or null
         * @return this
         * @throws SkmException {@code INPUT_INVALID} for what is not the number of a type
         */
        public Builder papersType(String papersType) {
            if (papersType != null) {
                NativeLoader.load();
                Native.checkPapersType(papersType);
            }
            parts[5] = papersType;
            return this;
        }

        /**
         * Place or unit.
         *
         * @param organizeLocation the value, or null
         * @return this
         */
        public Builder organizeLocation(String organizeLocation) {
            parts[6] = organizeLocation;
            return this;
        }

        /**
         * Kind of application.
         *
         * @param applyType the value, or null
         * @return this
         */
        public Builder applyType(String applyType) {
            parts[7] = applyType;
            return this;
        }

        /**
         * Lifts a 15-digit resident identity number to 18.
         *
         * @return this
         */
        public Builder lift15() {
            parts[8] = "true";
            return this;
        }

        /**
         * Ends the request. The builder may go on; the request stays as it is.
         *
         * @return the request
         */
        public IdRequest build() {
            return new IdRequest(parts.clone());
        }
    }
}
