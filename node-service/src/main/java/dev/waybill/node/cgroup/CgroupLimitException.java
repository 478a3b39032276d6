package dev.waybill.node.cgroup;

import java.nio.file.Path;

/** The kernel did not take a limit. */
public final class CgroupLimitException extends RuntimeException {
    CgroupLimitException(Path file, String wanted, String found) {
        super(file + " is " + found + ", wanted " + wanted);
    }

    CgroupLimitException(Path file, String wanted, Throwable cause) {
        super("the kernel refuses " + wanted + " in " + file + ": " + cause.getMessage(), cause);
    }
}
