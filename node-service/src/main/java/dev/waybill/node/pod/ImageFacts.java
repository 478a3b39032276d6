package dev.waybill.node.pod;

import java.util.List;

/** An image on this node's disk. Immutable. {@code config} is the OCI image configuration as JSON. */
public record ImageFacts(String reference, String imageId, String repoDigest, List<String> layerPaths, String config) {}
