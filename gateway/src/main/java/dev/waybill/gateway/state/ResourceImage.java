package dev.waybill.gateway.state;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state of the whole cluster at one revision. Immutable: any number of threads may read one. */
public final class ResourceImage {
    public static final ResourceImage EMPTY = new ResourceImage(0);

    private final long revision;

    private ResourceImage(long revision) {
        this.revision = revision;
    }

    /** Revision of the last change in it; 0 when empty. */
    public long revision() {
        return revision;
    }

    public @Nullable StoredObject get(ResourceKey key) {
        return null;
    }

    /** Objects in namespace and name order; of every namespace when {@code namespace} is null. */
    public List<StoredObject> list(String group, String resource, @Nullable String namespace) {
        return List.of();
    }

    public int count(String group, String resource) {
        return 0;
    }

    /** Pods bound to the node. */
    public List<StoredObject> podsOn(String nodeName) {
        return List.of();
    }

    /** Objects that name this uid among their owners. */
    public List<StoredObject> childrenOf(String ownerUid) {
        return List.of();
    }
}
