package dev.waybill.gateway.auth;

import java.util.Optional;

/** Tells whose a bearer token is: a token of a file, a node's own, or one of a ServiceAccount for the API itself. Thread-safe. */
public final class BearerTokens {
    /** A token of a ServiceAccount has less than 2 KiB; headers are not read beyond 8 KiB. */
    private static final int LONGEST = 16 << 10;

    private final StaticTokens listed;
    private final AccountTokens accounts;
    private final NodeCredentials nodes;

    public BearerTokens(StaticTokens listed, AccountTokens accounts, NodeCredentials nodes) {
        this.listed = listed;
        this.accounts = accounts;
        this.nodes = nodes;
    }

    /** Whose it is; empty when it holds for nobody now. */
    public Optional<Identity> identity(String token) {
        if (token.isEmpty() || token.length() > LONGEST) {
            return Optional.empty();
        }
        Optional<Identity> known = listed.identity(token);
        return known.or(() -> nodes.identity(token))
                .or(() -> accounts.verify(token, accounts.audiences()).map(AccountTokens.Verified::identity));
    }
}
