package dev.waybill.node.cgroup;

/** The kernel did not take a limit. */
public final class CgroupLimitException extends RuntimeException {
    CgroupLimitException(String group, String file, String wanted, String found) {
        super("control group " + group + ": " + file + " is " + found + ", wanted " + wanted);
    }
}
