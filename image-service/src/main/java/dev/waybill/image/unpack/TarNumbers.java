package dev.waybill.image.unpack;

import dev.waybill.image.kernel.Linux;

/** Numbers as tar headers have them. Stateless. */
final class TarNumbers {

    private TarNumbers() {}

    /** Octal text, or GNU's binary form when the first bit is set. */
    static long of(byte[] header, int offset, int length, String field) throws HostileLayerException {
        if ((header[offset] & 0x80) != 0) {
            return binary(header, offset, length, field);
        }
        String text = text(header, offset, length).strip();
        try {
            return text.isEmpty() ? 0 : Long.parseUnsignedLong(text, 8);
        } catch (NumberFormatException e) {
            throw new HostileLayerException("layer archive: a header's " + field + " is no octal number");
        }
    }

    private static long binary(byte[] header, int offset, int length, String field) throws HostileLayerException {
        boolean negative = (header[offset] & 0x40) != 0;
        long value = negative ? -1 : 0;
        for (int i = 0; i < length; i++) {
            int octet = header[offset + i] & 0xff;
            if (i == 0) {
                octet = negative ? octet : octet & 0x7f;
            }
            if (i < length - 8 && octet != (negative ? 0xff : 0)) {
                throw new HostileLayerException("layer archive: a header's " + field + " is out of range");
            }
            value = (value << 8) | octet;
        }
        return value;
    }

    /** A field up to its first zero byte. */
    static String text(byte[] header, int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, Linux.NAME_BYTES);
    }

    /** A decimal number of a PAX record or sparse map. */
    static long decimal(String text, String field) throws HostileLayerException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new HostileLayerException("layer archive: " + field + " is no number");
        }
    }
}
