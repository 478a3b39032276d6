package dev.waybill.node.pod;

/** User and group ids of the machine that stand for a pod's ids from 0 on. Immutable. */
public record IdRange(long first, long count) {
    /** As many as the kubelet gives: every id of an ordinary image. */
    public static final long PER_POD = 65_536;

    public boolean overlaps(IdRange other) {
        return first < other.first + other.count && other.first < first + count;
    }
}
