package dev.waybill.standalone.demo;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A real image out of files of this machine, in three layers: shared libraries, a shell with a few tools, and a script.
 * Used by one thread.
 */
public final class MachineImage {
    private static final List<String> TOOLS =
            List.of("sleep", "tail", "cat", "ls", "head", "dd", "date", "seq", "id", "stat", "mkdir", "touch", "env");
    private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");
    private static final FilePermissions EXECUTABLE = FilePermissions.fromOctalString("755");

    private MachineImage() {}

    /**
     * Builds the image and pushes it.
     *
     * @param reference where to, such as 127.0.0.1:5000/demo/shop:1
     * @param script what the image runs when a pod says nothing else
     * @param work a directory for what the build needs
     * @return digest of the manifest
     */
    public static String push(String reference, String script, Path work) throws Exception {
        Map<String, Path> programs = new LinkedHashMap<>();
        programs.put("/bin/sh", Path.of("/bin/dash"));
        for (String tool : TOOLS) {
            Path path = Stream.of("/usr/bin", "/bin")
                    .map(directory -> Path.of(directory, tool))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new IOException("this machine has no " + tool));
            programs.put("/bin/" + tool, path);
        }
        Map<String, Path> libraries = new TreeMap<>();
        for (Path program : programs.values()) {
            libraries.putAll(libraries(program));
        }
        Path application = Files.writeString(work.resolve("run.sh"), script);
        JibContainer built = Jib.fromScratch()
                .addFileEntriesLayer(layer("libraries", libraries))
                .addFileEntriesLayer(layer("programs", programs))
                .addFileEntriesLayer(layer("application", Map.of("/app/run.sh", application)))
                .addEnvironmentVariable("GREETING", "hello")
                .setWorkingDirectory(AbsoluteUnixPath.get("/app"))
                .setEntrypoint(List.of("/bin/sh", "/app/run.sh"))
                .containerize(Containerizer.to(RegistryImage.named(reference))
                        .setAllowInsecureRegistries(true)
                        .setBaseImageLayersCache(work.resolve("base"))
                        .setApplicationLayersCache(work.resolve("layers"))
                        .setToolName("waybill"));
        return built.getDigest().toString();
    }

    private static FileEntriesLayer layer(String name, Map<String, Path> files) throws IOException {
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName(name);
        for (Map.Entry<String, Path> file : files.entrySet()) {
            layer.addEntry(file.getValue().toRealPath(), AbsoluteUnixPath.get(file.getKey()), EXECUTABLE);
        }
        return layer.build();
    }

    /** The shared libraries that a program loads, by the paths it looks for them at. */
    private static Map<String, Path> libraries(Path program) throws IOException, InterruptedException {
        Process ldd = new ProcessBuilder("ldd", program.toString()).start();
        Map<String, Path> libraries = new TreeMap<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(ldd.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher matcher = LIBRARY.matcher(line);
                if (matcher.find()) {
                    libraries.put(matcher.group(1), Path.of(matcher.group(1)));
                }
            }
        }
        ldd.waitFor();
        return libraries;
    }

    /** Deletes what a build left in its directory. */
    static void clear(Path work) throws IOException {
        try (Stream<Path> paths = Files.walk(work)) {
            List<Path> deepestFirst = new ArrayList<>(paths.toList());
            deepestFirst.sort(Comparator.reverseOrder());
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        }
    }
}
