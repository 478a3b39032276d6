package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.Json;

/**
 * Who sets fields, and how. Immutable.
 *
 * @param apply whether by server-side apply; otherwise by create, update or another patch
 * @param apiVersion the version in which it speaks of the fields
 * @param subresource empty for the object itself
 */
public record FieldOwner(String name, boolean apply, String apiVersion, String subresource) {

    /** Whether both are the same owner: an applier stays itself in every version. */
    boolean is(FieldOwner other) {
        return name.equals(other.name)
                && apply == other.apply
                && subresource.equals(other.subresource)
                && (apply || apiVersion.equals(other.apiVersion));
    }

    /** As messages about conflicts name it. */
    String shown() {
        String text = Json.write(tools.jackson.databind.node.JsonNodeFactory.instance.stringNode(name));
        if (!subresource.isEmpty()) {
            text += " with subresource \"" + subresource + "\"";
        }
        return apply ? text : text + " using " + apiVersion;
    }
}
