package dev.waybill.image.registry.http;

import dev.waybill.image.credentials.Credentials;
import dev.waybill.image.hosts.Endpoint;
import dev.waybill.image.registry.RegistryException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the Authorization header of a repository says, kept until it expires or is refused; however many requests are
 * refused at once, one token is fetched. Thread-safe.
 */
final class Authorizations {

    private static final int MAX_KEPT = 1000;
    private static final int LOCKS = 16;

    /** Whose header it is. */
    record Owner(Endpoint endpoint, String repository, Credentials credentials) {}

    private record Header(String value, long expiresNanos) {}

    private final TokenServer tokens;
    private final Map<Owner, Header> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Owner, Header> eldest) {
            return size() > MAX_KEPT;
        }
    };
    private final List<ReentrantLock> locks =
            IntStream.range(0, LOCKS).mapToObj(_ -> new ReentrantLock()).toList();

    Authorizations(TokenServer tokens) {
        this.tokens = tokens;
    }

    /** The header to begin with; empty where nothing was asked for yet. */
    Optional<String> current(Owner owner) {
        if (owner.credentials instanceof Credentials.RegistryToken(String token)) {
            return Optional.of("Bearer " + token);
        }
        synchronized (kept) {
            Header header = kept.get(owner);
            if (header != null && header.expiresNanos - System.nanoTime() < 0) {
                kept.remove(owner);
                return Optional.empty();
            }
            return Optional.ofNullable(header).map(Header::value);
        }
    }

    /** The header that a 401 asks for, after the one that was refused. */
    String answer(Owner owner, URI asked, List<String> challenges, @Nullable String refused) throws IOException {
        ReentrantLock lock = locks.get(Math.floorMod(owner.hashCode(), LOCKS));
        lock.lock();
        try {
            Optional<String> now = current(owner);
            if (now.isPresent() && !now.get().equals(refused)) {
                return now.get();
            }
            Header fresh = fresh(owner, asked, challenges, refused);
            synchronized (kept) {
                kept.put(owner, fresh);
            }
            return fresh.value;
        } finally {
            lock.unlock();
        }
    }

    private Header fresh(Owner owner, URI asked, List<String> challenges, @Nullable String refused) throws IOException {
        Optional<Challenge> bearer = Challenge.ofScheme("bearer", challenges);
        if (bearer.isPresent() && !(owner.credentials instanceof Credentials.RegistryToken)) {
            TokenServer.Token token = tokens.fetch(asked, bearer.get(), owner.repository, owner.credentials);
            return new Header("Bearer " + token.value(), token.expiresNanos());
        }
        if (owner.credentials instanceof Credentials.Basic basic
                && Challenge.ofScheme("basic", challenges).isPresent()) {
            String header = basic(basic);
            if (!header.equals(refused)) {
                return new Header(header, System.nanoTime() + Long.MAX_VALUE / 2);
            }
        }
        throw new RegistryException(
                Requests.withoutQuery(asked) + ": 401, the registry refuses " + owner.credentials, 401);
    }

    static String basic(Credentials.Basic basic) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString((basic.user() + ":" + basic.password()).getBytes(StandardCharsets.UTF_8));
    }
}
