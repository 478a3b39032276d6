package dev.waybill.image.registry;

/**
 * What a manifest says of a blob (OCI image spec, descriptor.md). Immutable.
 *
 * @param mediaType what it holds
 * @param digest its sha256
 * @param sizeBytes its length
 */
public record Descriptor(String mediaType, Digest digest, long sizeBytes) {}
