package dev.waybill.standalone.cli;

import dev.waybill.image.archive.ImageExport;
import dev.waybill.image.archive.ImageImport;
import dev.waybill.image.collection.DiskUse;
import dev.waybill.image.collection.ImageCollector;
import dev.waybill.image.collection.ImageInventory;
import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.reference.InvalidReferenceException;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoreCheck;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code waybill image ...}: the images of a node, while the system runs or not. */
public final class ImageCommand {

    private static final String USAGE = """
            usage: waybill image COMMAND [--data DIR] [--node NAME]
              ls                               images, their sizes and who uses them
              inspect REF                      an image as JSON
              import PATH [--name REF]         an OCI layout (directory or tar) or what docker save wrote
              export REF... -o PATH [--format oci|oci-dir|docker]
              rm REF...                        unless a pod uses it
              df                               what the images take
              fsck [--quick] [--dry-run]       find damage and drop what is damaged; --quick does not read the files
            """;
    private static final UnpackLimits LIMITS = new UnpackLimits(2_000_000, 64L << 30);

    private final Map<String, String> options = new LinkedHashMap<>();
    private final List<String> words = new ArrayList<>();
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private ImageCommand(String[] arguments) {
        options.put("--data", "/var/lib/waybill");
        options.put("--node", "node-1");
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--quick", "--dry-run" -> options.put(arguments[i], "");
                case "--data", "--node", "--name", "--format", "-o" -> {
                    if (i + 1 == arguments.length) {
                        throw new IllegalArgumentException(arguments[i] + " needs a value");
                    }
                    options.put(arguments[i], arguments[++i]);
                }
                default -> words.add(arguments[i]);
            }
        }
    }

    public static void main(String[] arguments) {
        int status;
        try {
            ImageCommand command = new ImageCommand(arguments);
            status = command.run();
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("waybill image: " + e.getMessage());
            status = 1;
        }
        System.exit(status);
    }

    private int run() throws IOException {
        String command = words.isEmpty() ? "" : words.removeFirst();
        Path store = Path.of(options.getOrDefault("--data", ""))
                .resolve("images")
                .resolve(options.getOrDefault("--node", ""));
        try (LayerStore layers = LayerStore.share(store)) {
            ImageStore images = new ImageStore(layers);
            return switch (command) {
                case "ls" -> list(images);
                case "inspect" -> inspect(images);
                case "import" -> load(images);
                case "export" -> export(images);
                case "rm" -> remove(images);
                case "df" -> disk(images);
                case "fsck" -> check(images);
                default -> {
                    System.err.print(USAGE);
                    yield 2;
                }
            };
        }
    }

    private int list(ImageStore images) throws IOException {
        ImageInventory inventory = ImageInventory.of(images);
        out.printf("%-60s %-14s %9s %9s %s%n", "REFERENCE", "IMAGE", "SIZE", "SHARED", "USED BY");
        for (StoredImage image : inventory.images()) {
            int pods = images.pins().usersOf(image.id()).size();
            for (String reference : new TreeSet<>(image.references().keySet())) {
                out.printf(
                        "%-60s %-14s %9s %9s %s%n",
                        reference,
                        image.id().hex().substring(0, 12),
                        megabytes(image.contentBytes()),
                        megabytes(inventory.sharedBytes().getOrDefault(image.id(), 0L)),
                        pods == 0 ? "-" : pods + (pods == 1 ? " pod" : " pods"));
            }
        }
        return 0;
    }

    private int inspect(ImageStore images) throws IOException {
        StoredImage image = named(images, only());
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode about = mapper.createObjectNode().put("id", image.id().toString());
        about.put("sizeBytes", image.contentBytes());
        about.put("pulled", Instant.ofEpochMilli(image.pulledAtMillis()).toString());
        about.put("lastUsed", images.pins().lastUsed(image.id()).toString());
        about.set("references", mapper.valueToTree(image.references()));
        about.set("usedByPods", mapper.valueToTree(images.pins().usersOf(image.id())));
        about.set(
                "layers",
                mapper.valueToTree(image.layers().stream().map(Object::toString).toList()));
        about.set(
                "layerPaths",
                mapper.valueToTree(
                        images.layerPaths(image).stream().map(Path::toString).toList()));
        about.set("config", mapper.readTree(image.config()));
        out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(about));
        return 0;
    }

    private int load(ImageStore images) throws IOException {
        Platform platform = Platform.ofJavaArch(System.getProperty("os.arch"));
        ImageImport loader = new ImageImport(images, new LayerUnpacker(LIMITS), platform, Clock.systemUTC());
        for (StoredImage image : loader.run(Path.of(only()), Optional.ofNullable(options.get("--name")))) {
            out.println(image.id() + " "
                    + String.join(" ", new TreeSet<>(image.references().keySet())));
        }
        images.layers().sync();
        return 0;
    }

    private int export(ImageStore images) throws IOException {
        String target = options.get("-o");
        if (target == null || words.isEmpty()) {
            throw new IllegalArgumentException("export needs references and -o PATH");
        }
        ImageExport.Format format =
                switch (options.getOrDefault("--format", "oci")) {
                    case "oci" -> ImageExport.Format.OCI;
                    case "oci-dir" -> ImageExport.Format.OCI_DIRECTORY;
                    case "docker" -> ImageExport.Format.DOCKER;
                    default -> throw new IllegalArgumentException("--format is one of oci, oci-dir, docker");
                };
        Map<String, StoredImage> named = new LinkedHashMap<>();
        for (String word : words) {
            named.put(reference(word), named(images, word));
        }
        new ImageExport(images).run(named, format, Path.of(target));
        return 0;
    }

    private int remove(ImageStore images) throws IOException {
        for (String word : words) {
            String reference = reference(word);
            ImageStore.Removed removed = images.remove(reference)
                    .orElseThrow(() -> new IllegalArgumentException("no image " + reference + " on this node"));
            images.discard(removed.leftOver());
            out.println(
                    "removed " + String.join(" ", removed.references()) + ", freed " + megabytes(removed.freedBytes()));
        }
        return words.isEmpty() ? 2 : 0;
    }

    private int disk(ImageStore images) throws IOException {
        ImageInventory inventory = ImageInventory.of(images);
        DiskUse disk = ImageCollector.diskOf(images);
        long apart =
                inventory.images().stream().mapToLong(StoredImage::contentBytes).sum();
        out.printf("images            %d%n", inventory.images().size());
        out.printf("sum of sizes      %s%n", megabytes(apart));
        out.printf("layers, each once %s%n", megabytes(inventory.totalBytes()));
        out.printf(
                "disk              %s of %s used%n",
                megabytes(disk.totalBytes() - disk.usableBytes()), megabytes(disk.totalBytes()));
        return 0;
    }

    private int check(ImageStore images) throws IOException {
        boolean heal = !options.containsKey("--dry-run");
        StoreCheck.Report report = StoreCheck.run(images, !options.containsKey("--quick"), heal);
        report.damagedLayers().forEach((layer, problems) -> {
            out.println("layer " + layer + " is damaged:");
            problems.forEach(problem -> out.println("  " + problem));
        });
        report.inUse().forEach(layer -> out.println("layer " + layer + " stays, since a pod uses it"));
        report.unusedLayers().forEach(layer -> out.println("layer " + layer + " belongs to no image"));
        report.damagedRecords().forEach(record -> out.println("record " + record + " can't be read"));
        report.incompleteImages()
                .forEach(image -> out.println("image "
                        + String.join(" ", new TreeSet<>(image.references().keySet()))
                        + " is not whole; the next pull heals it"));
        out.println(
                report.isClean() ? "no damage found" : heal ? "damaged layers were dropped" : "nothing was changed");
        return report.isClean() ? 0 : 1;
    }

    private String only() {
        if (words.size() != 1) {
            throw new IllegalArgumentException("exactly one argument is needed here");
        }
        return words.getFirst();
    }

    private static StoredImage named(ImageStore images, String word) throws IOException {
        String reference = reference(word);
        return images.find(reference)
                .orElseThrow(() -> new IllegalArgumentException("no image " + reference + " on this node"));
    }

    private static String reference(String word) {
        try {
            return ImageReference.parse(word).toString();
        } catch (InvalidReferenceException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String megabytes(long bytes) {
        return String.format(java.util.Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
