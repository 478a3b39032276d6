package dev.waybill.events.registry;

import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** Where schemas get their ids. Implementations are safe for use by several threads. */
public interface SchemaRegistry {

    /**
     * The id of a schema under a subject, registering it first where needed.
     *
     * @throws RegistryRefusedException when the registry does not accept the schema, for instance as incompatible
     * @throws RegistryUnavailableException when the registry did not answer
     */
    int register(String subject, Schema schema);

    /**
     * The schema with an id, or null when the registry has none.
     *
     * @throws RegistryUnavailableException when the registry did not answer
     */
    @Nullable
    Schema byId(int id);
}
