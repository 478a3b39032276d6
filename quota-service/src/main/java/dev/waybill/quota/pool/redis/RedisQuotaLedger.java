package dev.waybill.quota.pool.redis;

import dev.waybill.quota.pool.Amounts;
import dev.waybill.quota.pool.QuotaLedger;
import dev.waybill.runtime.RetryableException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The ledger in Redis: one hash per pool with its totals, one with its pods, changed by one Lua script each time.
 * Thread-safe.
 */
public final class RedisQuotaLedger implements QuotaLedger, AutoCloseable {
    private static final String[] NO_ARGUMENTS = {};

    private final RedisClient client;
    private final String script;
    private @Nullable StatefulRedisConnection<String, String> connection;

    public RedisQuotaLedger(RedisURI uri) {
        this.client = RedisClient.create(uri);
        // A command that is sent again later could find another, empty Redis: it fails instead, and the keeper decides.
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(_ -> true)
                .build());
        try (InputStream in = RedisQuotaLedger.class.getResourceAsStream("/quota-ledger.lua")) {
            if (in == null) {
                throw new IllegalStateException("quota-ledger.lua is not on the class path");
            }
            this.script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Attempt reserve(String pool, String podUid, Amounts amounts, Amounts capacity) {
        List<String> arguments = new ArrayList<>(List.of("reserve", podUid));
        add(arguments, amounts);
        add(arguments, capacity);
        List<Long> answer = run(pool, arguments);
        return new Attempt(answer.getFirst() == 1, amounts(answer));
    }

    @Override
    public Amounts release(String pool, String podUid) {
        return amounts(run(pool, List.of("release", podUid)));
    }

    @Override
    public Amounts used(String pool) {
        return amounts(run(pool, List.of("used")));
    }

    @Override
    public void rebuild(String pool, Map<String, Amounts> reservations) {
        List<String> arguments = new ArrayList<>(List.of("rebuild"));
        reservations.forEach((podUid, amounts) -> {
            arguments.add(podUid);
            add(arguments, amounts);
        });
        run(pool, arguments);
    }

    @Override
    public boolean intact(String pool) {
        return run(pool, List.of("intact")).getFirst() == 1;
    }

    @Override
    public void close() {
        client.shutdown();
    }

    private List<Long> run(String pool, List<String> arguments) {
        String[] keys = {"waybill:quota:{" + pool + "}:used", "waybill:quota:{" + pool + "}:pods"};
        return retryable(() -> commands().eval(script, ScriptOutputType.MULTI, keys, arguments.toArray(NO_ARGUMENTS)));
    }

    private synchronized RedisCommands<String, String> commands() {
        if (connection == null) {
            connection = client.connect();
        }
        return connection.sync();
    }

    private static <T> T retryable(Supplier<T> call) {
        try {
            return call.get();
        } catch (RedisException e) {
            throw new RetryableException("the ledger in Redis cannot be used: " + e.getMessage(), e);
        }
    }

    private static void add(List<String> arguments, Amounts amounts) {
        arguments.add(Long.toString(amounts.cpuMillis()));
        arguments.add(Long.toString(amounts.memoryBytes()));
        arguments.add(Long.toString(amounts.pods()));
    }

    private static Amounts amounts(List<Long> answer) {
        return new Amounts(answer.get(1), answer.get(2), answer.get(3));
    }
}
