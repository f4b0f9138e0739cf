package io.skm;

/** What interface 1 is asked (table A.2). */
public final class UserTokenRequest {
    private final String[] parts;

    private UserTokenRequest(String[] parts) {
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

    /** In the order of the native library's {@code issueUserToken}. */
    String[] parts() {
        return parts;
    }

    /** Shows that it is there, nothing of what is in it. */
    @Override
    public String toString() {
        return "UserTokenRequest{***, consent=" + parts[0] + ", notice=" + parts[1] + '}';
    }

    /** Collects a request. The call checks it; nothing is checked here. */
    public static final class Builder {
        private final String[] parts = new String[15];

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
         * The full name; required.
         *
         * @param name the value, or null
         * @return this
         */
        public Builder name(String name) {
            parts[3] = name;
            return this;
        }

        /**
         * The certificate type, 1 (resident identity card) unless set.
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
            parts[4] = papersType;
            return this;
        }

        /**
         * The certificate number; required.
         *
         * @param number the value, or null
         * @return this
         */
        public Builder number(String number) {
            parts[5] = number;
            return this;
        }

        /**
         * The mobile number; required, of the mainland unless {@link #anyMobile()}.
         *
         * @param mobile the value, or null
         * @return this
         */
        public Builder mobile(String mobile) {
            parts[6] = mobile;
            return this;
        }

        /**
         * The email address.
         *
         * @param email the value, or null
         * @return this
         */
        public Builder email(String email) {
            parts[7] = email;
            return this;
        }

        /**
         * A fixed-line telephone.
         *
         * @param phone the value, or null
         * @return this
         */
        public Builder phone(String phone) {
            parts[8] = phone;
            return this;
        }

        /**
         * {@code 1} male, {@code 0} female.
         *
         * @param sex the value, or null
         * @return this
         */
        public Builder sex(String sex) {
            parts[9] = sex;
            return this;
        }

        /**
         * The birth date, {@code yyyy-MM-dd}.
         *
         * @param birthDate the value, or null
         * @return this
         */
        public Builder birthDate(String birthDate) {
            parts[10] = birthDate;
            return this;
        }

        /**
         * The postal address.
         *
         * @param address the value, or null
         * @return this
         */
        public Builder address(String address) {
            parts[11] = address;
            return this;
        }

        /**
         * The postal code.
         *
         * @param post the value, or null
         * @return this
         */
        public Builder post(String post) {
            parts[12] = post;
            return this;
        }

        /**
         * Lets mobile numbers pass that are not of the mainland.
         *
         * @return this
         */
        public Builder anyMobile() {
            parts[13] = "true";
            return this;
        }

        /**
         * Lifts a 15-digit resident identity number to 18.
         *
         * @return this
         */
        public Builder lift15() {
            parts[14] = "true";
            return this;
        }

        /**
         * Ends the request. The builder may go on; the request stays as it is.
         *
         * @return the request
         */
        public UserTokenRequest build() {
            return new UserTokenRequest(parts.clone());
        }
    }
}
