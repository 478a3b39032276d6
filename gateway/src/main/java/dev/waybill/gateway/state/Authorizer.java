package dev.waybill.gateway.state;

import java.util.Set;

/** Says who may do what; consulted by the writer for each request and by http for reads. Pure, thread-safe. */
@FunctionalInterface
public interface Authorizer {

    /** What somebody is about to do, in RBAC's terms; name is empty for collections and generated names. */
    record Attempt(
            String user, Set<String> groups, String verb, ResourceKey key, String subresource, ResourceImage image) {}

    /** Whether it is allowed. */
    boolean allows(Attempt attempt);
}
