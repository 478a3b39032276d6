package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Kind;
import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One object at one revision. Immutable by convention: nobody changes the tree that {@link #json()} gives. */
public final class StoredObject {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private final ResourceKey key;
    private final Kind kind;
    private final String uid;
    private final long revision;
    private final long generation;
    private final String raw;
    /** Trees are ten times the size of their text, so only those in use are kept. */
    private volatile WeakReference<@Nullable ObjectNode> tree = new WeakReference<>(null);

    public StoredObject(ResourceKey key, Kind kind, String uid, long revision, long generation, String raw) {
        this.key = key;
        this.kind = kind;
        this.uid = uid;
        this.revision = revision;
        this.generation = generation;
        this.raw = raw;
    }

    public ResourceKey key() {
        return key;
    }

    public Kind kind() {
        return kind;
    }

    public String uid() {
        return uid;
    }

    public long revision() {
        return revision;
    }

    public long generation() {
        return generation;
    }

    public String namespace() {
        return key.namespace();
    }

    public String name() {
        return key.name();
    }

    /** The object as JSON text, metadata.resourceVersion included. */
    public String raw() {
        return raw;
    }

    /** The object as a tree; read it, never change it: {@link #copy()} gives one to change. */
    public ObjectNode json() {
        ObjectNode known = tree.get();
        if (known == null) {
            known = (ObjectNode) JSON.readTree(raw);
            tree = new WeakReference<>(known);
        }
        return known;
    }

    /** A tree of the caller's own. */
    public ObjectNode copy() {
        return json().deepCopy();
    }

    public Map<String, String> labels() {
        Map<String, String> labels = new LinkedHashMap<>();
        json().path("metadata").path("labels").properties().forEach(e -> labels.put(e.getKey(), e.getValue().asString("")));
        return labels;
    }

    public boolean deleting() {
        return json().path("metadata").has("deletionTimestamp");
    }

    @Override
    public String toString() {
        return key + "@" + revision;
    }
}
