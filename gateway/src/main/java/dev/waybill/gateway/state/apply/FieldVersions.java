package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.MergeShape;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The versions in which the owners of an object's fields speak of them. */
public interface FieldVersions {

    /**
     * The object in another version.
     *
     * @return null when its kind has no such version any more
     */
    @Nullable
    ObjectNode in(String apiVersion, ObjectNode object);

    /** Whether an object's fields are the same in both versions. */
    boolean same(String one, String other);

    /** How its lists merge in a version that there is. */
    MergeShape shape(String apiVersion);

    /** Of an object whose fields are the same in every version. */
    static FieldVersions one(MergeShape shape) {
        return new FieldVersions() {
            @Override
            public ObjectNode in(String apiVersion, ObjectNode object) {
                return object;
            }

            @Override
            public boolean same(String one, String other) {
                return true;
            }

            @Override
            public MergeShape shape(String apiVersion) {
                return shape;
            }
        };
    }
}
