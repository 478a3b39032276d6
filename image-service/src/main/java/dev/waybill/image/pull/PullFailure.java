package dev.waybill.image.pull;

import dev.waybill.image.policy.ImageRejectedException;
import dev.waybill.image.reference.InvalidReferenceException;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.registry.UnsupportedImageException;

/**
 * Why an image could not be had. Immutable.
 *
 * @param reason Kubernetes' word for it
 * @param message what went wrong
 * @param retryable false when asking again can't help
 */
public record PullFailure(String reason, String message, boolean retryable) {

    public static final String ERR_IMAGE_PULL = "ErrImagePull";
    public static final String ERR_IMAGE_NEVER_PULL = "ErrImageNeverPull";
    public static final String INVALID_IMAGE_NAME = "InvalidImageName";
    public static final String REGISTRY_UNAVAILABLE = "RegistryUnavailable";
    public static final String SIGNATURE_VALIDATION_FAILED = "SignatureValidationFailed";

    private static final int MAX_MESSAGE = 2000;

    public PullFailure {
        message = message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "...";
    }

    /** What a failed pull is called. */
    public static PullFailure of(Throwable failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return switch (failure) {
            case InvalidReferenceException _ -> new PullFailure(INVALID_IMAGE_NAME, message, false);
            case ImageRejectedException rejected ->
                new PullFailure(SIGNATURE_VALIDATION_FAILED, message, rejected.mayChange());
            case UnsupportedImageException _ -> new PullFailure(ERR_IMAGE_PULL, message, false);
            case RegistryUnavailableException _ -> new PullFailure(REGISTRY_UNAVAILABLE, message, true);
            case RegistryException refused ->
                new PullFailure(refused.isTransient() ? REGISTRY_UNAVAILABLE : ERR_IMAGE_PULL, message, true);
            default -> new PullFailure(ERR_IMAGE_PULL, message, true);
        };
    }
}
