package dev.waybill.node.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.node.resources.CgroupLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written into which file of version 2, on plain directories: this kernel's format is of the documentation. */
class CgroupV2FilesTest {
    private static final CgroupLimits.Cpu CPU = new CgroupLimits.Cpu(1024, 25_000, 50_000, "0-1", "0");

    @TempDir
    Path root;

    private Path group;

    @BeforeEach
    void kernel() throws IOException {
        Files.writeString(root.resolve("cgroup.controllers"), "cpuset cpu io memory pids hugetlb");
        group = Files.createDirectories(root.resolve("g"));
        file("memory.max", "max");
        file("memory.swap.max", "max");
        file("memory.low", "0");
        file("cpu.weight", "100");
        file("cpu.max", "max 100000");
        file("cpuset.cpus", "");
        file("cpuset.mems", "");
        file("pids.max", "max");
        file("hugetlb.2MB.max", "max");
        // Of files with a line per device a plain file keeps the last write only.
        file("io.max", "");
    }

    private void file(String name, String text) throws IOException {
        Files.writeString(group.resolve(name), text);
    }

    private String read(String name) throws IOException {
        return Files.readString(group.resolve(name));
    }

    private static CgroupLimits limits(CgroupLimits.Memory memory, CgroupLimits.BlockIo io) {
        return new CgroupLimits(CPU, memory, io, 50, Map.of("2MB", 4L << 20));
    }

    @Test
    void valuesInTheirFiles() throws IOException {
        CgroupLimits.BlockIo io =
                new CgroupLimits.BlockIo(0, Map.of(), Map.of("8:0", 1L << 20), Map.of(), Map.of(), Map.of("8:0", 50L));
        Map<String, String> inForce = Cgroups.detect(root)
                .apply("/g", limits(new CgroupLimits.Memory(64 << 20, 96 << 20, 32 << 20, -1, false), io));
        assertThat(read("memory.max")).isEqualTo("67108864");
        assertThat(read("memory.swap.max")).as("swap alone").isEqualTo("33554432");
        assertThat(read("memory.low")).isEqualTo("33554432");
        assertThat(read("cpu.weight")).isEqualTo("39");
        assertThat(read("cpu.max")).isEqualTo("25000 50000");
        assertThat(read("cpuset.cpus")).isEqualTo("0-1");
        assertThat(read("pids.max")).isEqualTo("50");
        assertThat(read("hugetlb.2MB.max")).isEqualTo("4194304");
        assertThat(read("io.max")).isEqualTo("8:0 rbps=1048576 wbps=max riops=max wiops=50");
        assertThat(inForce).containsEntry("cpu.max", "25000 50000").containsEntry("hugetlb.2MB.max", "4194304");
    }

    @Test
    void withoutAWishTheKernelsDefaultsComeBack() throws IOException {
        Cgroups cgroups = Cgroups.detect(root);
        cgroups.apply(
                "/g",
                limits(new CgroupLimits.Memory(64 << 20, 64 << 20, 1 << 20, -1, false), CgroupLimits.BlockIo.NONE));
        assertThat(read("memory.swap.max")).as("no swap").isEqualTo("0");
        cgroups.apply(
                "/g",
                new CgroupLimits(
                        new CgroupLimits.Cpu(2, 0, 100_000, "", ""),
                        new CgroupLimits.Memory(0, 0, 0, -1, false),
                        CgroupLimits.BlockIo.NONE,
                        0,
                        Map.of()));
        assertThat(read("memory.max")).isEqualTo("max");
        assertThat(read("memory.swap.max")).isEqualTo("max");
        assertThat(read("memory.low")).isEqualTo("0");
        assertThat(read("cpu.max")).isEqualTo("max 100000");
        assertThat(read("cpuset.cpus")).isEqualTo("\n");
        assertThat(read("pids.max")).isEqualTo("max");
    }

    @Test
    void aWeightGoesToWhicheverSchedulerIsThere() throws IOException {
        file("io.weight", "default 100");
        CgroupLimits.BlockIo io = new CgroupLimits.BlockIo(500, Map.of(), Map.of(), Map.of(), Map.of(), Map.of());
        CgroupLimits.Memory memory = new CgroupLimits.Memory(0, 0, 0, -1, false);
        Cgroups.detect(root).apply("/g", limits(memory, io));
        assertThat(read("io.weight")).isEqualTo("default 4950");
        file("io.bfq.weight", "default 100");
        Cgroups.detect(root).apply("/g", limits(memory, io));
        assertThat(read("io.bfq.weight")).isEqualTo("default 500");
    }

    @Test
    void aLimitWithoutItsFileIsRefused() throws IOException {
        Files.delete(group.resolve("io.max"));
        CgroupLimits.BlockIo io =
                new CgroupLimits.BlockIo(0, Map.of(), Map.of("8:0", 1L << 20), Map.of(), Map.of(), Map.of());
        assertThatThrownBy(() ->
                        Cgroups.detect(root).apply("/g", limits(new CgroupLimits.Memory(0, 0, 0, -1, false), io)))
                .isInstanceOf(CgroupLimitException.class)
                .hasMessageContaining("io.max");
    }
}
