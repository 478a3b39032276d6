package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.CustomKinds;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.Kinds;
import dev.waybill.gateway.rbac.AccessPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

/** The state of the whole cluster at one revision. Immutable: any number of threads may read one. */
public final class ResourceImage {
    public static final ResourceImage EMPTY = new ResourceImage(
            0, HashTreePMap.empty(), HashTreePMap.empty(), ImageIndexes.EMPTY, Kinds.standard(), AccessPolicy.EMPTY);

    private record Type(String group, String resource) {}

    private final long revision;
    private final HashPMap<Type, TreePMap<String, TreePMap<String, StoredObject>>> objects;
    private final HashPMap<String, ResourceKey> keyByUid;
    private final ImageIndexes indexes;
    private final Kinds kinds;
    private final AccessPolicy access;

    private ResourceImage(
            long revision,
            HashPMap<Type, TreePMap<String, TreePMap<String, StoredObject>>> objects,
            HashPMap<String, ResourceKey> keyByUid,
            ImageIndexes indexes,
            Kinds kinds,
            AccessPolicy access) {
        this.revision = revision;
        this.objects = objects;
        this.keyByUid = keyByUid;
        this.indexes = indexes;
        this.kinds = kinds;
        this.access = access;
    }

    /** The kinds of this build and those that CustomResourceDefinitions bring. */
    public Kinds kinds() {
        return kinds;
    }

    /** Its roles and bindings. */
    public AccessPolicy access() {
        return access;
    }

    /** Revision of the last change in it; 0 when empty. */
    public long revision() {
        return revision;
    }

    public @Nullable StoredObject get(ResourceKey key) {
        TreePMap<String, StoredObject> named = namespaceOf(new Type(key.group(), key.resource()), key.namespace());
        return named == null ? null : named.get(key.name());
    }

    /** The object with this uid, or null. */
    public @Nullable StoredObject byUid(String uid) {
        ResourceKey key = keyByUid.get(uid);
        return key == null ? null : get(key);
    }

    /** Objects in namespace and name order; of every namespace when {@code namespace} is null. */
    public List<StoredObject> list(String group, String resource, @Nullable String namespace) {
        Type type = new Type(group, resource);
        if (namespace != null) {
            TreePMap<String, StoredObject> named = namespaceOf(type, namespace);
            return named == null ? List.of() : List.copyOf(named.values());
        }
        TreePMap<String, TreePMap<String, StoredObject>> namespaces = objects.get(type);
        if (namespaces == null) {
            return List.of();
        }
        List<StoredObject> all = new ArrayList<>();
        namespaces.values().forEach(named -> all.addAll(named.values()));
        return all;
    }

    /** How many objects of a type there are; of every namespace when {@code namespace} is null. */
    public int count(String group, String resource, @Nullable String namespace) {
        Type type = new Type(group, resource);
        if (namespace != null) {
            TreePMap<String, StoredObject> named = namespaceOf(type, namespace);
            return named == null ? 0 : named.size();
        }
        TreePMap<String, TreePMap<String, StoredObject>> namespaces = objects.get(type);
        return namespaces == null
                ? 0
                : namespaces.values().stream().mapToInt(Map::size).sum();
    }

    /** Everything in a namespace. */
    public List<StoredObject> contentsOf(String namespace) {
        List<StoredObject> contents = new ArrayList<>();
        for (TreePMap<String, TreePMap<String, StoredObject>> namespaces : objects.values()) {
            TreePMap<String, StoredObject> named = namespaces.get(namespace);
            if (named != null) {
                contents.addAll(named.values());
            }
        }
        return contents;
    }

    /** Everything that has a deletionTimestamp; looks at every object. */
    List<StoredObject> deleting() {
        List<StoredObject> found = new ArrayList<>();
        for (TreePMap<String, TreePMap<String, StoredObject>> namespaces : objects.values()) {
            for (TreePMap<String, StoredObject> named : namespaces.values()) {
                named.values().stream().filter(StoredObject::deleting).forEach(found::add);
            }
        }
        return found;
    }

    /** Pods bound to the node. */
    public List<StoredObject> podsOn(String nodeName) {
        return present(indexes.node(nodeName).pods().values());
    }

    /** Objects that name this uid among their owners. */
    public List<StoredObject> childrenOf(String ownerUid) {
        return present(indexes.children(ownerUid).keys().values());
    }

    ImageIndexes indexes() {
        return indexes;
    }

    /** The image after a change. */
    public ResourceImage with(ResourceDelta delta) {
        StoredObject object = delta.object();
        ResourceKey key = object.key();
        Type type = new Type(key.group(), key.resource());
        TreePMap<String, TreePMap<String, StoredObject>> namespaces = objects.getOrDefault(type, TreePMap.empty());
        TreePMap<String, StoredObject> named = namespaces.getOrDefault(key.namespace(), TreePMap.empty());
        boolean deleted = delta.change() == ResourceDelta.Change.DELETED;
        TreePMap<String, StoredObject> changed = deleted ? named.minus(key.name()) : named.plus(key.name(), object);
        HashPMap<String, ResourceKey> uids = keyByUid;
        StoredObject previous = delta.previous();
        if (previous != null && (deleted || !previous.uid().equals(object.uid()))) {
            uids = uids.minus(previous.uid());
        }
        if (!deleted && (previous == null || !previous.uid().equals(object.uid()))) {
            uids = uids.plus(object.uid(), key);
        }
        ResourceImage after = new ResourceImage(
                object.revision(),
                objects.plus(
                        type,
                        changed.isEmpty()
                                ? namespaces.minus(key.namespace())
                                : namespaces.plus(key.namespace(), changed)),
                uids,
                deleted ? forgetting(indexes.with(delta), object, uids) : indexes.with(delta),
                kinds,
                Aggregation.indexed(access, delta));
        return Definitions.isDefinition(key) ? after.redefined() : after;
    }

    /** Definitions change rarely, so all are read again. */
    private ResourceImage redefined() {
        List<Kind> defined = new ArrayList<>();
        for (StoredObject definition : list(CustomKinds.GROUP, CustomKinds.RESOURCE, "")) {
            defined.addAll(CustomKinds.of(definition.json()));
        }
        return new ResourceImage(
                revision, objects, keyByUid, indexes, Kinds.standard().with(defined), access);
    }

    /** Owners that are gone need no memory of their children once the last child is gone too. */
    private static ImageIndexes forgetting(
            ImageIndexes indexes, StoredObject gone, HashPMap<String, ResourceKey> present) {
        ImageIndexes next = indexes.forgetOwner(gone.uid());
        for (String owner : gone.facts().owners()) {
            next = present.containsKey(owner) ? next : next.forgetOwner(owner);
        }
        return next;
    }

    /** The same state, known to be the newest up to this revision. */
    public ResourceImage at(long laterRevision) {
        return laterRevision <= revision
                ? this
                : new ResourceImage(laterRevision, objects, keyByUid, indexes, kinds, access);
    }

    private @Nullable TreePMap<String, StoredObject> namespaceOf(Type type, String namespace) {
        TreePMap<String, TreePMap<String, StoredObject>> namespaces = objects.get(type);
        return namespaces == null ? null : namespaces.get(namespace);
    }

    private List<StoredObject> present(Iterable<ResourceKey> keys) {
        List<StoredObject> found = new ArrayList<>();
        for (ResourceKey key : keys) {
            StoredObject object = get(key);
            if (object != null) {
                found.add(object);
            }
        }
        return found;
    }
}
