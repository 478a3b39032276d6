package dev.waybill.standalone.demo;

import dev.waybill.events.ContainerExited;
import dev.waybill.events.ContainerOomKilled;
import dev.waybill.events.ContainerStarted;
import dev.waybill.events.ImagePullFailed;
import dev.waybill.events.ImageReady;
import dev.waybill.events.LayerDownloaded;
import dev.waybill.events.LayerUnpacked;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodSandboxCreated;
import dev.waybill.events.PodTerminated;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.events.QuotaReleased;
import dev.waybill.events.QuotaReserved;
import dev.waybill.events.QuotaWaiting;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/** An event in one line for a reader; events that tell a reader little have none. Pure. */
final class EventLine {
    private static final int DIGEST_CHARACTERS = 19;

    private EventLine() {}

    static Optional<String> of(SpecificRecord event) {
        String text =
                switch (event) {
                    case QuotaReserved e -> e.getName() + ": room reserved in pool " + e.getPool();
                    case QuotaWaiting e ->
                        e.getName() + ": waits in pool " + e.getPool() + ", place " + e.getPosition();
                    case QuotaReleased e -> e.getName() + ": room of pool " + e.getPool() + " free again";
                    case PodBound e ->
                        e.getName() + " -> " + e.getNodeName() + ", score "
                                + e.getScores().stream()
                                        .filter(score -> score.getNode().equals(e.getNodeName()))
                                        .map(score -> String.valueOf(score.getTotal()))
                                        .findFirst()
                                        .orElse("-");
                    case PodUnschedulable e -> e.getName() + ": " + e.getMessage();
                    case LayerDownloaded e ->
                        digest(e.getDigest()) + " " + e.getSizeBytes() + " bytes in " + e.getDurationMillis() + " ms";
                    case LayerUnpacked e ->
                        digest(e.getDigest()) + " " + e.getEntries() + " entries, " + e.getUnpackedBytes() + " bytes";
                    case ImageReady e ->
                        e.getReference()
                                + (e.getAlreadyPresent()
                                        ? " is on disk"
                                        : ", " + e.getLayers().size() + " layers");
                    case ImagePullFailed e -> e.getReference() + ": " + e.getMessage();
                    case PodSandboxCreated e ->
                        e.getPodName() + ": " + e.getPodIp() + " in " + e.getDurationMillis() + " ms";
                    case ContainerStarted e ->
                        e.getContainer().getPodName() + "/" + e.getContainer().getContainerName() + ": process "
                                + e.getPid();
                    case ContainerOomKilled e ->
                        e.getContainer().getPodName() + ": over " + e.getMemoryLimitBytes() + " bytes";
                    case ContainerExited e -> e.getContainer().getPodName() + ": exit code " + e.getExitCode();
                    case PodTerminated e -> e.getName() + ": nothing of it runs any more";
                    default -> "";
                };
        return text.isEmpty()
                ? Optional.empty()
                : Optional.of(String.format("%-18s %s", event.getSchema().getName(), text));
    }

    private static String digest(String digest) {
        return digest.substring(0, Math.min(DIGEST_CHARACTERS, digest.length()));
    }
}
