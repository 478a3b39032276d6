package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Examiner;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Judge;
import dev.waybill.gateway.state.Examination.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The judge in the writer: quick rules are held against an object at once; of others a verdict must have been brought,
 * of exactly this object in place of exactly that one, or the request cannot be decided yet. One request, one thread.
 */
final class Rulings implements Judge {
    private final @Nullable Verdict brought;

    Rulings(@Nullable Verdict brought) {
        this.brought = brought;
    }

    @Override
    public List<FieldError> findings(Examiner rules, JsonNode object, @Nullable JsonNode old) {
        if (rules.isQuick()) {
            return rules.examine(object, old);
        }
        Examination examination = Examination.of(rules, object, old);
        if (brought != null && brought.examination().equals(examination)) {
            return brought.findings();
        }
        throw new UnexaminedException(examination);
    }

    /** The name that was chosen when the object was to be examined, if it begins like this; empty otherwise. */
    String nameLike(String prefix) {
        String name = brought == null ? "" : brought.name();
        return name.startsWith(prefix) ? name : "";
    }

    /** To be caught by {@link Requests}: the object must be examined first. */
    static final class UnexaminedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Examination examination;

        UnexaminedException(Examination examination) {
            super("rules must be held against the object first", null, false, false);
            this.examination = examination;
        }

        Examination examination() {
            return examination;
        }
    }
}
