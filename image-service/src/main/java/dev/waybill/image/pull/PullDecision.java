package dev.waybill.image.pull;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.reference.InvalidReferenceException;
import dev.waybill.image.store.StoredImage;
import java.util.Optional;
import java.util.function.Function;

/** What a pull request leads to. Pure. */
public sealed interface PullDecision {

    /** The image on disk is the answer. */
    record Answer(StoredImage image) implements PullDecision {}

    /** The request can't be met. */
    record Refuse(PullFailure failure) implements PullDecision {}

    /** The image is not there: fetch it. */
    record Fetch(ImageReference reference) implements PullDecision {}

    /** The image is there; ask the registry whether the tag still names it, fetch it if not. */
    record Resolve(ImageReference reference, StoredImage image) implements PullDecision {}

    /**
     * Decides on a request.
     *
     * @param present looks a reference up on disk
     */
    static PullDecision decide(
            String reference, String pullPolicy, Function<ImageReference, Optional<StoredImage>> present) {
        Optional<PullPolicy> policy = PullPolicy.parse(pullPolicy);
        if (policy.isEmpty()) {
            return new Refuse(new PullFailure(
                    PullFailure.ERR_IMAGE_PULL,
                    "pullPolicy: \"" + pullPolicy + "\" is none of Always, IfNotPresent, Never",
                    false));
        }
        ImageReference parsed;
        try {
            parsed = ImageReference.parse(reference);
        } catch (InvalidReferenceException e) {
            return new Refuse(PullFailure.of(e));
        }
        Optional<StoredImage> image = present.apply(parsed);
        return switch (policy.get()) {
            case NEVER ->
                image.<PullDecision>map(Answer::new)
                        .orElseGet(() -> new Refuse(new PullFailure(
                                PullFailure.ERR_IMAGE_NEVER_PULL,
                                "image " + parsed + " is not on this node and its pull policy is Never",
                                false)));
            case IF_NOT_PRESENT -> image.<PullDecision>map(Answer::new).orElseGet(() -> new Fetch(parsed));
            // a digest can't come to name something else
            case ALWAYS ->
                image.<PullDecision>map(
                                there -> parsed.digest() == null ? new Resolve(parsed, there) : new Answer(there))
                        .orElseGet(() -> new Fetch(parsed));
        };
    }
}
