package dev.waybill.image.store;

import dev.waybill.image.unpack.LayerRecord;
import dev.waybill.image.unpack.LayerRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** What a layer must hold, from the records of its unpacking: later entries replace earlier ones. One thread. */
final class LayerContents {

    private final NavigableMap<String, LayerRecord> files = new TreeMap<>();
    private final Set<String> opaque = new HashSet<>();

    static LayerContents read(Path records) throws IOException {
        LayerContents contents = new LayerContents();
        try (LayerRecords in = LayerRecords.open(records)) {
            for (LayerRecord record = in.next(); record != null; record = in.next()) {
                contents.add(record);
            }
        }
        return contents;
    }

    private void add(LayerRecord record) {
        String path = record.path();
        switch (record.type()) {
            case 'o' -> opaque.add(path);
            case 'd' -> {
                if (!isDirectory(path)) {
                    removeTree(path);
                }
                files.put(path, record);
            }
            case 'i' -> files.put(path, record);
            case 'h' -> {
                LayerRecord target = files.get(record.link());
                removeTree(path);
                if (target != null) {
                    files.put(path, target);
                }
            }
            default -> {
                removeTree(path);
                files.put(path, record);
            }
        }
    }

    private boolean isDirectory(String path) {
        LayerRecord there = files.get(path);
        return there != null && (there.type() == 'd' || there.type() == 'i');
    }

    private void removeTree(String path) {
        files.remove(path);
        opaque.remove(path);
        files.subMap(path + "/", path + "0").clear(); // '0' follows '/'
    }

    /** Every file, hard links with the record of what they link; the root's path is empty. */
    NavigableMap<String, LayerRecord> files() {
        return files;
    }

    boolean isOpaque(String path) {
        return opaque.contains(path);
    }
}
