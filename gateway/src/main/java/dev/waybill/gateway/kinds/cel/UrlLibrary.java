package dev.waybill.gateway.kinds.cel;

import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Addresses of the web (k8s.io/apiserver/pkg/cel/library/urls.go): absolute ones, and absolute paths. Stateless. */
final class UrlLibrary {
    private static final OpaqueType URL = OpaqueType.create("kubernetes.URL");
    private static final MapType QUERY = MapType.create(SimpleType.STRING, ListType.create(SimpleType.STRING));

    private UrlLibrary() {}

    static CelLibrary add(CelLibrary library) {
        return library.global("url", URL, SimpleType.STRING, String.class, UrlLibrary::parse)
                .global("isURL", SimpleType.BOOL, SimpleType.STRING, String.class, text -> tryParse(text) != null)
                .method("getScheme", SimpleType.STRING, URL, URI.class, url -> text(url.getScheme()))
                .method("getHost", SimpleType.STRING, URL, URI.class, UrlLibrary::host)
                .method("getHostname", SimpleType.STRING, URL, URI.class, UrlLibrary::hostname)
                .method("getPort", SimpleType.STRING, URL, URI.class, UrlLibrary::port)
                .method("getEscapedPath", SimpleType.STRING, URL, URI.class, url -> text(url.getRawPath()))
                .method("getQuery", QUERY, URL, URI.class, UrlLibrary::query);
    }

    static @Nullable URI tryParse(String text) {
        try {
            URI uri = new URI(text);
            return uri.isAbsolute() || text.startsWith("/") ? uri : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static URI parse(String text) {
        URI uri = tryParse(text);
        if (uri == null) {
            throw new IllegalArgumentException(
                    "URL parse error during conversion from string: parse \"" + text + "\": invalid URI for request");
        }
        return uri;
    }

    private static String host(URI url) {
        String authority = text(url.getRawAuthority());
        return authority.substring(authority.lastIndexOf('@') + 1);
    }

    private static String hostname(URI url) {
        String host = host(url);
        int end = host.lastIndexOf(']') + 1;
        int colon = host.indexOf(':', end);
        String name = colon < 0 ? host : host.substring(0, colon);
        return name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
    }

    private static String port(URI url) {
        String host = host(url);
        int colon = host.indexOf(':', host.lastIndexOf(']') + 1);
        return colon < 0 ? "" : host.substring(colon + 1);
    }

    private static Map<String, List<String>> query(URI url) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        for (String part : text(url.getRawQuery()).split("&", -1)) {
            if (!part.isEmpty()) {
                String[] pair = part.split("=", 2);
                query.computeIfAbsent(decoded(pair[0]), key -> new ArrayList<>())
                        .add(pair.length == 1 ? "" : decoded(pair[1]));
            }
        }
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String text(@Nullable String part) {
        return part == null ? "" : part;
    }
}
