package dev.waybill.image.credentials;

import java.util.ArrayList;
import java.util.List;

/** Finds what may be tried for an image, the most specific first. Thread-safe. */
@FunctionalInterface
public interface Keyring {

    Keyring EMPTY = _ -> List.of();

    /**
     * Credentials to be tried in this order.
     *
     * @param name host, port if there is one, and repository: {@code quay.io/coreos/etcd}
     */
    List<Credentials> lookup(String name);

    /** This keyring's, then the other's. */
    default Keyring and(Keyring other) {
        return name -> {
            List<Credentials> all = new ArrayList<>(lookup(name));
            all.addAll(other.lookup(name));
            return all.stream().distinct().toList();
        };
    }
}
