package dev.waybill.node.pod;

import dev.waybill.events.objects.Quantity;
import dev.waybill.node.pod.VolumeSpec.EmptyDir;
import dev.waybill.node.pod.VolumeSpec.HostPath;
import dev.waybill.node.pod.VolumeSpec.Item;
import dev.waybill.node.pod.VolumeSpec.Projected;
import dev.waybill.node.pod.VolumeSpec.Source;
import dev.waybill.node.pod.VolumeSpec.Unsupported;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Reads {@code spec.volumes}. Pure. */
final class VolumeParser {
    private static final int DEFAULT_MODE = 0644;
    private static final long TOKEN_SECONDS = 3_600;

    private VolumeParser() {}

    static List<VolumeSpec> parse(JsonNode nodes) {
        List<VolumeSpec> volumes = new ArrayList<>();
        nodes.forEach(node -> volumes.add(volume(node.path("name").asString(""), node)));
        return List.copyOf(volumes);
    }

    private static VolumeSpec volume(String name, JsonNode node) {
        if (node.has("emptyDir")) {
            JsonNode dir = node.path("emptyDir");
            String medium = dir.path("medium").asString("");
            if (!medium.isEmpty() && !medium.equals("Memory")) {
                return new Unsupported(name, "emptyDir with medium " + medium);
            }
            String limit = dir.path("sizeLimit").asString("0");
            return new EmptyDir(name, medium.equals("Memory"), Quantity.parse(limit));
        }
        if (node.has("hostPath")) {
            JsonNode path = node.path("hostPath");
            return new HostPath(
                    name, path.path("path").asString(""), path.path("type").asString(""));
        }
        if (node.has("persistentVolumeClaim")) {
            JsonNode claim = node.path("persistentVolumeClaim");
            return new VolumeSpec.Claim(
                    name,
                    claim.path("claimName").asString(""),
                    claim.path("readOnly").asBoolean(false));
        }
        if (node.has("configMap")) {
            JsonNode source = node.path("configMap");
            return new Projected(name, mode(source), List.of(objectFiles("configmaps", "name", source)));
        }
        if (node.has("secret")) {
            JsonNode source = node.path("secret");
            return new Projected(name, mode(source), List.of(objectFiles("secrets", "secretName", source)));
        }
        if (node.has("downwardAPI")) {
            JsonNode source = node.path("downwardAPI");
            return new Projected(name, mode(source), List.of(fields(source)));
        }
        if (node.has("projected")) {
            return projected(name, node.path("projected"));
        }
        String kind = node.propertyNames().stream()
                .filter(field -> !field.equals("name"))
                .findFirst()
                .orElse("");
        // A volume without a source is an emptyDir, as Kubernetes' defaults say.
        return kind.isEmpty() ? new EmptyDir(name, false, Quantity.ZERO) : new Unsupported(name, kind);
    }

    private static VolumeSpec projected(String name, JsonNode node) {
        List<Source> sources = new ArrayList<>();
        for (JsonNode source : node.path("sources")) {
            if (source.has("configMap")) {
                sources.add(objectFiles("configmaps", "name", source.path("configMap")));
            } else if (source.has("secret")) {
                sources.add(objectFiles("secrets", "name", source.path("secret")));
            } else if (source.has("downwardAPI")) {
                sources.add(fields(source.path("downwardAPI")));
            } else if (source.has("serviceAccountToken")) {
                JsonNode token = source.path("serviceAccountToken");
                sources.add(new Source.AccountToken(
                        token.path("audience").asString(""),
                        token.path("expirationSeconds").asLong(TOKEN_SECONDS),
                        token.path("path").asString("")));
            } else {
                return new Unsupported(name, "projected." + String.join(",", source.propertyNames()));
            }
        }
        return new Projected(name, mode(node), List.copyOf(sources));
    }

    private static Source objectFiles(String resource, String nameField, JsonNode node) {
        List<Item> items = new ArrayList<>();
        node.path("items")
                .forEach(item -> items.add(new Item(
                        item.path("key").asString(""),
                        item.path("path").asString(""),
                        item.path("mode").asInt(-1))));
        return new Source.ObjectFiles(
                resource,
                node.path(nameField).asString(""),
                node.path("optional").asBoolean(false),
                List.copyOf(items));
    }

    private static Source fields(JsonNode node) {
        List<Item> items = new ArrayList<>();
        node.path("items")
                .forEach(item -> items.add(new Item(
                        item.path("fieldRef").path("fieldPath").asString(""),
                        item.path("path").asString(""),
                        item.path("mode").asInt(-1))));
        return new Source.Fields(List.copyOf(items));
    }

    private static int mode(JsonNode node) {
        return node.path("defaultMode").asInt(DEFAULT_MODE);
    }
}
