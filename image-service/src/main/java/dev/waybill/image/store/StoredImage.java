package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An image whose layers are all on disk. Immutable.
 *
 * @param id digest of the configuration
 * @param references each reference that names it, with its repository@digest
 * @param layers diffIDs, lowest first
 * @param contentBytes bytes of file content of all layers
 * @param config the configuration, byte for byte
 * @param pulledAtMillis when it was pulled last
 */
public record StoredImage(
        Digest id,
        Map<String, String> references,
        List<Digest> layers,
        long contentBytes,
        String config,
        long pulledAtMillis) {

    public StoredImage {
        references = Map.copyOf(references);
        layers = List.copyOf(layers);
    }

    /** The same image without one of its names. */
    StoredImage without(String reference) {
        Map<String, String> rest = new HashMap<>(references);
        rest.remove(reference);
        return new StoredImage(id, rest, layers, contentBytes, config, pulledAtMillis);
    }
}
