package dev.waybill.image.fetch.ingest;

import java.time.Duration;

/**
 * When and how blobs come in ranges. Immutable.
 *
 * @param fromBytes blobs of at least this size do
 * @param segmentBytes size of a range
 * @param connections ranges of one blob at once
 * @param keepFor how long a part of a blob waits for somebody to go on with it
 * @param keepBytes how much such parts may hold in all
 */
public record IngestSettings(long fromBytes, int segmentBytes, int connections, Duration keepFor, long keepBytes) {}
