package dev.waybill.gateway.kinds.cel;

import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;

/** Addresses of the web (k8s.io/apiserver/pkg/cel/library/urls.go). Stateless. */
final class UrlLibrary {
    private static final OpaqueType URL = OpaqueType.create("kubernetes.URL");
    private static final MapType QUERY = MapType.create(SimpleType.STRING, ListType.create(SimpleType.STRING));

    private UrlLibrary() {}

    static CelLibrary add(CelLibrary library) {
        return library.global("url", URL, SimpleType.STRING, String.class, WebAddress::parse)
                .global(
                        "isURL",
                        SimpleType.BOOL,
                        SimpleType.STRING,
                        String.class,
                        text -> WebAddress.tryParse(text) != null)
                .method("getScheme", SimpleType.STRING, URL, WebAddress.class, WebAddress::scheme)
                .method("getHost", SimpleType.STRING, URL, WebAddress.class, WebAddress::host)
                .method("getHostname", SimpleType.STRING, URL, WebAddress.class, WebAddress::hostname)
                .method("getPort", SimpleType.STRING, URL, WebAddress.class, WebAddress::port)
                .method("getEscapedPath", SimpleType.STRING, URL, WebAddress.class, WebAddress::path)
                .method("getQuery", QUERY, URL, WebAddress.class, WebAddress::queryValues);
    }
}
