package dev.waybill.gateway.http;

import dev.waybill.gateway.conversion.ConversionFailedException;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.WebhookConversion;
import dev.waybill.gateway.state.StoredObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What watches were shown lately in another version, so that a change is converted once for all who watch in it. Thread-safe.
 */
final class WatchedConversions {
    /** Those who watch are told of a change at nearly the same time. */
    private static final int KEPT_CHARS = 4 << 20;

    private final Map<Shown, Held> newest = new LinkedHashMap<>();
    private long chars;

    /** @param chars of the object as it is stored; what it is converted to is of like size */
    private record Held(CompletableFuture<StoredObject> result, int chars) {}

    /** One object at one revision, in one version by one webhook. */
    private record Shown(
            String uid,
            long revision,
            String apiVersion,
            @Nullable WebhookConversion webhook) {}

    /**
     * Objects in the version of a kind, those that nobody has converted yet at once.
     *
     * @param convert throws what it fails with, for everybody who waits for its result
     */
    List<StoredObject> of(Kind kind, List<StoredObject> objects, UnaryOperator<List<StoredObject>> convert) {
        List<CompletableFuture<StoredObject>> results = new ArrayList<>();
        List<StoredObject> missing = new ArrayList<>();
        Map<Shown, CompletableFuture<StoredObject>> mine = new LinkedHashMap<>();
        synchronized (newest) {
            for (StoredObject object : objects) {
                Shown shown = new Shown(object.uid(), object.revision(), kind.apiVersion(), kind.webhook());
                Held known = newest.get(shown);
                if (known == null) {
                    known = new Held(new CompletableFuture<>(), object.length());
                    newest.put(shown, known);
                    chars += known.chars();
                    mine.put(shown, known.result());
                    missing.add(object);
                }
                results.add(known.result());
            }
            for (var eldest = newest.values().iterator(); chars > KEPT_CHARS && eldest.hasNext(); eldest.remove()) {
                chars -= eldest.next().chars();
            }
        }
        if (!missing.isEmpty()) {
            complete(mine, missing, convert);
        }
        try {
            return results.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ConversionFailedException failed) {
                throw failed;
            }
            throw e;
        }
    }

    private void complete(
            Map<Shown, CompletableFuture<StoredObject>> mine,
            List<StoredObject> missing,
            UnaryOperator<List<StoredObject>> convert) {
        try {
            List<StoredObject> converted = convert.apply(missing);
            int index = 0;
            for (CompletableFuture<StoredObject> each : mine.values()) {
                each.complete(converted.get(index++));
            }
        } catch (RuntimeException e) {
            synchronized (newest) {
                mine.keySet().forEach(this::forget); // whoever asks next tries again
            }
            mine.values().forEach(each -> each.completeExceptionally(e));
        }
    }

    private void forget(Shown shown) {
        Held gone = newest.remove(shown);
        chars -= gone == null ? 0 : gone.chars();
    }
}
