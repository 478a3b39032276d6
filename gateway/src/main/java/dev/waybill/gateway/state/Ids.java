package dev.waybill.gateway.state;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Where decisions take uids and generated names from, so that they stay pure. */
public interface Ids {
    /** Letters of generated names: no vowels and no digits that look like them, so that no words come about. */
    String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    /** A new uid. */
    String uid();

    /** Five letters for the end of a generated name. */
    String suffix();

    /** Random ones. Thread-safe. */
    static Ids random() {
        return new Ids() {
            @Override
            public String uid() {
                ThreadLocalRandom random = ThreadLocalRandom.current();
                return new UUID(
                                (random.nextLong() & 0xffffffffffff0fffL) | 0x4000L,
                                (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L)
                        .toString();
            }

            @Override
            public String suffix() {
                StringBuilder letters = new StringBuilder(5);
                for (int i = 0; i < 5; i++) {
                    letters.append(ALPHABET.charAt(ThreadLocalRandom.current().nextInt(ALPHABET.length())));
                }
                return letters.toString();
            }
        };
    }
}
