package dev.waybill.image.unpack;

import dev.waybill.image.kernel.Linux;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of a PAX extended header (POSIX.1-2001, pax). Keys and values are byte strings, since values of extended
 * attributes are binary: commons-compress decodes them as UTF-8 and so breaks file capabilities. Not thread-safe.
 */
final class PaxRecords {

    static final String XATTR_PREFIX = "SCHILY.xattr.";

    private final Map<String, String> records = new LinkedHashMap<>();
    private final List<String> sparseNumbers = new ArrayList<>();

    static PaxRecords parse(byte[] body) throws HostileLayerException {
        PaxRecords pax = new PaxRecords();
        String text = new String(body, Linux.NAME_BYTES);
        int at = 0;
        while (at < text.length()) {
            int space = text.indexOf(' ', at);
            if (space < 0 || space - at > 9 || space == at) {
                throw malformed();
            }
            int end = at + decimal(text.substring(at, space));
            int equals = text.indexOf('=', space);
            if (end > text.length()
                    || end <= space + 1
                    || text.charAt(end - 1) != '\n'
                    || equals < 0
                    || equals >= end) {
                throw malformed();
            }
            pax.put(text.substring(space + 1, equals), text.substring(equals + 1, end - 1));
            at = end;
        }
        return pax;
    }

    private void put(String key, String value) {
        if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
            sparseNumbers.add(value);
        } else {
            records.put(key, value);
        }
    }

    @Nullable
    String get(String key) {
        return records.get(key);
    }

    /** Offsets and lengths of GNU's sparse format 0.0, which repeats its keys, or 0.1, which has a list. */
    List<String> sparseNumbers() {
        String list = records.get("GNU.sparse.map");
        return list == null ? sparseNumbers : List.of(list.split(",", -1));
    }

    Map<String, byte[]> xattrs() {
        Map<String, byte[]> xattrs = new LinkedHashMap<>();
        records.forEach((key, value) -> {
            if (key.startsWith(XATTR_PREFIX)) {
                xattrs.put(key.substring(XATTR_PREFIX.length()), value.getBytes(Linux.NAME_BYTES));
            }
        });
        return xattrs;
    }

    private static int decimal(String digits) throws HostileLayerException {
        try {
            return Integer.parseUnsignedInt(digits);
        } catch (NumberFormatException e) {
            throw malformed();
        }
    }

    private static HostileLayerException malformed() {
        return new HostileLayerException("layer archive: malformed PAX header");
    }
}
