package dev.waybill.gateway.state;

import dev.waybill.events.objects.ObjectTree;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One object at one revision. Immutable by convention: nobody changes the tree that {@link #json()} gives. */
public final class StoredObject {
    private static final ObjectTree CONTENT = ObjectTree.whole();
    private static final ObjectTree LABELS = ObjectTree.only(List.of("metadata.labels"));

    private final ResourceKey key;
    private final Kind kind;
    private final String uid;
    private final long revision;
    private final long generation;

    /** An {@link ObjectText}, or {@link PackedText} of a kind that is seldom read. */
    private final Object text;

    private final ObjectFacts facts;

    /** Trees are ten times the size of their text, so only those in use are kept. */
    private volatile WeakReference<@Nullable ObjectNode> tree;

    private StoredObject(
            ResourceKey key, Kind kind, String uid, long revision, long generation, String raw, ObjectNode tree) {
        this.key = key;
        this.kind = kind;
        this.uid = uid;
        this.revision = revision;
        this.generation = generation;
        this.text = Expiry.concerns(key) ? PackedText.of(raw) : ObjectText.of(raw);
        this.facts = ObjectFacts.of(key, tree);
        this.tree = new WeakReference<>(tree);
    }

    /** An object from its text. */
    public static StoredObject ofText(
            ResourceKey key, Kind kind, String uid, long revision, long generation, String raw) {
        return new StoredObject(key, kind, uid, revision, generation, raw, (ObjectNode) Json.parse(raw));
    }

    /** An object from a tree that nobody changes any more; metadata must be complete. */
    public static StoredObject ofTree(ResourceKey key, Kind kind, long revision, ObjectNode tree) {
        String uid = Json.text(tree, "metadata", "uid");
        long generation = Json.number(tree.path("metadata"), "generation", 0);
        return new StoredObject(key, kind, uid, revision, generation, Json.write(tree), tree);
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
        return text instanceof ObjectText plain ? plain.whole() : ((PackedText) text).text();
    }

    /** The same, maybe without the ownership of its fields. */
    public String rawContent() {
        return text instanceof ObjectText plain ? plain.content() : ((PackedText) text).text();
    }

    /** Characters of its text. */
    public int length() {
        return text instanceof ObjectText plain ? plain.length() : ((PackedText) text).length();
    }

    /** The object as a tree; read it, never change it: {@link #copy()} gives one to change. */
    public ObjectNode json() {
        ObjectNode known = tree.get();
        if (known == null) {
            known = (ObjectNode) Json.parse(raw());
            tree = new WeakReference<>(known);
        }
        return known;
    }

    /** A tree of the caller's own. */
    public ObjectNode copy() {
        return json().deepCopy();
    }

    /**
     * The object, maybe without the ownership of its fields, which is half of it: for a look at each of many objects. To be
     * read only.
     */
    public ObjectNode content() {
        return part(CONTENT);
    }

    /** What a reader wants of the object, or more; to be read only. */
    public ObjectNode part(ObjectTree wanted) {
        ObjectNode known = tree.get();
        return known == null ? wanted.read(rawContent()) : known;
    }

    public Map<String, String> labels() {
        Map<String, String> labels = new LinkedHashMap<>();
        part(LABELS)
                .path("metadata")
                .path("labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
        return labels;
    }

    /** Whether it has a deletionTimestamp. */
    public boolean deleting() {
        return facts.deleting();
    }

    ObjectFacts facts() {
        return facts;
    }

    /** The node that a pod is bound to; empty for one that is not, and for other kinds. */
    public String nodeName() {
        return facts.special() instanceof ObjectFacts.Special.Pod pod ? pod.nodeName() : "";
    }

    /** What a pod has that other kinds have not; null for other kinds. */
    ObjectFacts.Special.@Nullable Pod pod() {
        return facts.special() instanceof ObjectFacts.Special.Pod pod ? pod : null;
    }

    @Override
    public String toString() {
        return key + "@" + revision;
    }
}
