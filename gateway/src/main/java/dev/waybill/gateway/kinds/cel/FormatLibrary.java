package dev.waybill.gateway.kinds.cel;

import dev.cel.common.types.ListType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.waybill.gateway.kinds.Syntax;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Named formats of texts (k8s.io/apiserver/pkg/cel/library/format.go). Stateless. */
final class FormatLibrary {
    private static final OpaqueType FORMAT = OpaqueType.create("kubernetes.NamedFormat");
    private static final Pattern UUID =
            Pattern.compile("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}");

    /** Says what is wrong with a text; null when nothing is. */
    record Format(String name, Function<String, @Nullable String> problem) {}

    private static final List<Format> ALL = List.of(
            new Format("dns1123Label", Syntax::dnsLabel),
            new Format("dns1123Subdomain", Syntax::dnsSubdomain),
            new Format("dns1035Label", Syntax::dns1035Label),
            new Format("qualifiedName", Syntax::qualifiedName),
            new Format("dns1123LabelPrefix", text -> Syntax.dnsLabel(completed(text))),
            new Format("dns1123SubdomainPrefix", text -> Syntax.dnsSubdomain(completed(text))),
            new Format("dns1035LabelPrefix", text -> Syntax.dns1035Label(completed(text))),
            new Format("labelValue", Syntax::labelValue),
            new Format(
                    "uri",
                    text -> WebAddress.tryParse(text) == null
                            ? "parse \"" + text + "\": invalid URI for request"
                            : null),
            new Format("uuid", text -> UUID.matcher(text).matches() ? null : "does not match the UUID format"),
            new Format("byte", FormatLibrary::base64),
            new Format("date", text -> isTime(() -> LocalDate.parse(text)) ? null : "invalid date"),
            new Format("datetime", text -> isTime(() -> OffsetDateTime.parse(text)) ? null : "invalid datetime"));

    private FormatLibrary() {}

    static CelLibrary add(CelLibrary library) {
        for (Format format : ALL) {
            library.constant("format." + format.name(), FORMAT, format);
        }
        return library.global(
                        "format.named",
                        OptionalType.create(FORMAT),
                        SimpleType.STRING,
                        String.class,
                        FormatLibrary::named)
                .method(
                        "validate",
                        OptionalType.create(ListType.create(SimpleType.STRING)),
                        FORMAT,
                        Format.class,
                        SimpleType.STRING,
                        String.class,
                        (format, text) -> Optional.ofNullable(format.problem().apply(text))
                                .map(List::of));
    }

    private static Optional<Format> named(String name) {
        return ALL.stream().filter(format -> format.name().equals(name)).findFirst();
    }

    /** What a prefix may become: a dash at its end is followed by something. */
    private static String completed(String prefix) {
        return prefix.length() > 1 && prefix.endsWith("-") ? prefix.substring(0, prefix.length() - 2) + "a" : prefix;
    }

    private static @Nullable String base64(String text) {
        try {
            return Base64.getDecoder().decode(text).length < 0 ? "" : null;
        } catch (IllegalArgumentException e) {
            return "invalid base64";
        }
    }

    private static boolean isTime(Runnable parse) {
        try {
            parse.run();
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }
}
