package dev.waybill.image.unpack;

import dev.waybill.image.registry.UnsupportedImageException;

/** A layer archive that is malformed, or that asks for what no layer may: the message names the entry and the reason. */
public final class HostileLayerException extends UnsupportedImageException {
    private static final long serialVersionUID = 1L;

    public HostileLayerException(String message) {
        super(message);
    }

    HostileLayerException(String message, Throwable cause) {
        super(message);
        initCause(cause);
    }

    HostileLayerException(String entry, String reason) {
        super("layer entry \"" + shown(entry) + "\": " + reason);
    }

    private static String shown(String name) {
        String printable = name.replaceAll("[^ -~]", "?");
        return printable.length() <= 200 ? printable : printable.substring(0, 200) + "...";
    }
}
