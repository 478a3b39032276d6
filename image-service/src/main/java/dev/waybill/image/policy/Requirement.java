package dev.waybill.image.policy;

import java.security.PublicKey;
import java.util.List;

/** What an image must meet. Immutable. */
sealed interface Requirement {

    /** Everything does. */
    record AcceptAnything() implements Requirement {}

    /** Nothing does. */
    record Reject() implements Requirement {}

    /** One of its signatures was made with one of these keys, for an identity that fits. */
    record Signed(List<PublicKey> keys, SignedIdentity identity) implements Requirement {}
}
