package dev.waybill.gateway.kinds.cel;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.waybill.gateway.kinds.IpAddress;

/** Addresses and ranges of addresses (k8s.io/apiserver/pkg/cel/library/ip.go, cidr.go). Stateless. */
final class NetworkLibrary {
    private static final OpaqueType IP = OpaqueType.create("net.IP");
    private static final OpaqueType CIDR = OpaqueType.create("net.CIDR");

    private NetworkLibrary() {}

    static CelLibrary add(CelLibrary library) {
        return ranges(addresses(library));
    }

    private static CelLibrary addresses(CelLibrary library) {
        return library.global("ip", IP, SimpleType.STRING, String.class, IpAddress::parse)
                .global(
                        "isIP",
                        SimpleType.BOOL,
                        SimpleType.STRING,
                        String.class,
                        text -> IpAddress.tryParse(text) != null)
                .global(
                        "ip.isCanonical",
                        SimpleType.BOOL,
                        SimpleType.STRING,
                        String.class,
                        text -> IpAddress.parse(text).text().equals(text))
                .global("string", SimpleType.STRING, IP, IpAddress.class, IpAddress::text)
                .method("family", SimpleType.INT, IP, IpAddress.class, IpAddress::family)
                .method("isUnspecified", SimpleType.BOOL, IP, IpAddress.class, IpAddress::isUnspecified)
                .method("isLoopback", SimpleType.BOOL, IP, IpAddress.class, IpAddress::isLoopback)
                .method("isLinkLocalMulticast", SimpleType.BOOL, IP, IpAddress.class, IpAddress::isLinkLocalMulticast)
                .method("isLinkLocalUnicast", SimpleType.BOOL, IP, IpAddress.class, IpAddress::isLinkLocalUnicast)
                .method("isGlobalUnicast", SimpleType.BOOL, IP, IpAddress.class, IpAddress::isGlobalUnicast);
    }

    private static CelLibrary ranges(CelLibrary library) {
        return library.global("cidr", CIDR, SimpleType.STRING, String.class, AddressRange::parse)
                .global(
                        "isCIDR",
                        SimpleType.BOOL,
                        SimpleType.STRING,
                        String.class,
                        text -> AddressRange.tryParse(text) != null)
                .global("string", SimpleType.STRING, CIDR, AddressRange.class, AddressRange::text)
                .method(
                        "containsIP",
                        SimpleType.BOOL,
                        CIDR,
                        AddressRange.class,
                        IP,
                        IpAddress.class,
                        AddressRange::contains)
                .method(
                        "containsIP",
                        SimpleType.BOOL,
                        CIDR,
                        AddressRange.class,
                        SimpleType.STRING,
                        String.class,
                        (range, text) -> range.contains(IpAddress.parse(text)))
                .method(
                        "containsCIDR",
                        SimpleType.BOOL,
                        CIDR,
                        AddressRange.class,
                        CIDR,
                        AddressRange.class,
                        AddressRange::contains)
                .method(
                        "containsCIDR",
                        SimpleType.BOOL,
                        CIDR,
                        AddressRange.class,
                        SimpleType.STRING,
                        String.class,
                        (range, text) -> range.contains(AddressRange.parse(text)))
                .method("ip", IP, CIDR, AddressRange.class, AddressRange::address)
                .method("masked", CIDR, CIDR, AddressRange.class, AddressRange::masked)
                .method("prefixLength", SimpleType.INT, CIDR, AddressRange.class, range -> (long) range.prefix());
    }
}
