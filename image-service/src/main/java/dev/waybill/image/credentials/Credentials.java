package dev.waybill.image.credentials;

/** What is shown to a registry or its token server. Immutable; never prints what it holds. */
public sealed interface Credentials {

    /** A user's name and password. */
    record Basic(String user, String password) implements Credentials {
        @Override
        public String toString() {
            return "user " + user;
        }
    }

    /** An OAuth2 refresh token, which a token server changes for access tokens. */
    record IdentityToken(String token) implements Credentials {
        @Override
        public String toString() {
            return "an identity token";
        }
    }

    /** A bearer token that is shown to the registry as it is. */
    record RegistryToken(String token) implements Credentials {
        @Override
        public String toString() {
            return "a registry token";
        }
    }

    /** Nothing is known of us. */
    record Anonymous() implements Credentials {
        @Override
        public String toString() {
            return "no credentials";
        }
    }

    Credentials ANONYMOUS = new Anonymous();
}
