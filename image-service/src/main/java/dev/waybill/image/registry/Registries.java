package dev.waybill.image.registry;

import dev.waybill.image.credentials.Keyring;

/** Opens registries in somebody's name. Thread-safe. */
@FunctionalInterface
public interface Registries {

    /** All registries, as one who may use these pull secrets beside what the node itself may use. */
    Registry with(Keyring pullSecrets);
}
