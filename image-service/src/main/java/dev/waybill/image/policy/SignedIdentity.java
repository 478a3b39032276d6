package dev.waybill.image.policy;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.reference.InvalidReferenceException;

/** How the name that was signed must fit the name that is pulled (containers-policy.json, signedIdentity). Immutable. */
sealed interface SignedIdentity {

    /** The same name, tag or digest. */
    record MatchExact() implements SignedIdentity {}

    /** The same name and tag; for a digest the same repository. */
    record MatchRepoDigestOrExact() implements SignedIdentity {}

    /** The same repository; cosign signs no tags. */
    record MatchRepository() implements SignedIdentity {}

    /** This repository, whatever is pulled. */
    record ExactRepository(String repository) implements SignedIdentity {}

    /** This name and tag, whatever is pulled. */
    record ExactReference(String reference) implements SignedIdentity {}

    /** Whether a signature for one name may stand for another. */
    default boolean fits(ImageReference pulled, String signed) {
        ImageReference claimed;
        try {
            claimed = ImageReference.parse(signed);
        } catch (InvalidReferenceException e) {
            return false;
        }
        boolean sameName = claimed.name().equals(pulled.name());
        boolean bare = !signed.contains("@") && signed.lastIndexOf(':') <= signed.lastIndexOf('/');
        return switch (this) {
            case MatchExact() -> !bare && claimed.toString().equals(pulled.toString());
            case MatchRepoDigestOrExact() ->
                sameName
                        && (pulled.digest() != null
                                || (!bare && claimed.toString().equals(pulled.toString())));
            case MatchRepository() -> sameName;
            case ExactRepository(String repository) -> claimed.name().equals(repository);
            case ExactReference(String reference) -> !bare && claimed.toString().equals(reference);
        };
    }
}
