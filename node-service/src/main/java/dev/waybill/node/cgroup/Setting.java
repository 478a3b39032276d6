package dev.waybill.node.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A value of a control group's file: written only where the kernel has another one, then read back. A file that is not
 * there matters only when a limit is wanted. Immutable.
 */
sealed interface Setting {
    Path file();

    /** Whether a limit is wanted, so that the file must be there. */
    boolean wanted();

    boolean inForce();

    void write();

    /** What the kernel should show. */
    String expected();

    /**
     * Makes it so.
     *
     * @throws CgroupLimitException when the kernel does not take it
     */
    default void apply() {
        if (!Files.exists(file())) {
            if (wanted()) {
                throw new CgroupLimitException(file(), expected(), "not there");
            }
            return;
        }
        if (!inForce()) {
            write();
            verify();
        }
    }

    default void verify() {
        if (Files.exists(file()) && !inForce()) {
            throw new CgroupLimitException(file(), expected(), CgroupFiles.read(file()));
        }
    }

    /** A file with one value; the kernel may show it in another form than it is written in. */
    record Value(Path file, boolean wanted, String text, String expected) implements Setting {
        Value(Path file, boolean wanted, String text) {
            this(file, wanted, text, text);
        }

        @Override
        public boolean inForce() {
            return CgroupFiles.read(file).equals(expected);
        }

        @Override
        public void write() {
            CgroupFiles.write(file, text);
        }
    }

    /** One line among others, such as {@code oom_kill_disable 1}. */
    record Line(Path file, boolean wanted, String text, String expected) implements Setting {
        @Override
        public boolean inForce() {
            return CgroupFiles.read(file).lines().anyMatch(expected::equals);
        }

        @Override
        public void write() {
            CgroupFiles.write(file, text);
        }
    }

    /** One line per device, {@code 8:0 VALUE}; devices that are not wanted are reset. */
    record PerDevice(Path file, Map<String, String> values, String reset) implements Setting {
        @Override
        public boolean wanted() {
            return !values.isEmpty();
        }

        @Override
        public boolean inForce() {
            return present().equals(values);
        }

        @Override
        public String expected() {
            return values.toString();
        }

        private Map<String, String> present() {
            Map<String, String> present = new LinkedHashMap<>();
            CgroupFiles.read(file).lines().forEach(line -> {
                int space = line.indexOf(' ');
                if (space > 0 && line.indexOf(':') > 0 && line.indexOf(':') < space) {
                    present.put(line.substring(0, space), line.substring(space + 1));
                }
            });
            return present;
        }

        /** The kernel takes one device per write. */
        @Override
        public void write() {
            present().keySet().stream()
                    .filter(device -> !values.containsKey(device))
                    .forEach(device -> CgroupFiles.write(file, device + " " + reset));
            values.forEach((device, value) -> CgroupFiles.write(file, device + " " + value));
        }
    }
}
