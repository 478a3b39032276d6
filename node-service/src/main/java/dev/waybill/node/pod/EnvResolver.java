package dev.waybill.node.pod;

import dev.waybill.events.objects.Quantity;
import dev.waybill.node.pod.ContainerSpec.EnvFrom;
import dev.waybill.node.pod.ContainerSpec.EnvSource;
import dev.waybill.node.pod.ContainerSpec.EnvVar;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The environment of a container, with {@code $(VAR)} expanded as Kubernetes does. Pure. */
public final class EnvResolver {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\$|\\$\\(([^)]*)\\)");

    private final PodFields fields;
    private final ObjectSource objects;
    private final long nodeCpuMillis;
    private final long nodeMemoryBytes;

    /** The node's allocatable stands in for a limit that a container does not have. */
    public EnvResolver(PodFields fields, ObjectSource objects, long nodeCpuMillis, long nodeMemoryBytes) {
        this.fields = fields;
        this.objects = objects;
        this.nodeCpuMillis = nodeCpuMillis;
        this.nodeMemoryBytes = nodeMemoryBytes;
    }

    /** The variables in order; a later one of the same name wins. */
    public Map<String, String> resolve(ContainerSpec container) {
        Map<String, String> env = new LinkedHashMap<>();
        for (EnvFrom from : container.envFrom()) {
            Optional<Map<String, byte[]>> data = data(from.resource(), from.object(), from.optional());
            data.orElse(Map.of()).forEach((key, value) -> env.put(from.prefix() + key, text(value)));
        }
        for (EnvVar variable : container.env()) {
            if (variable.source() == null) {
                env.put(variable.name(), expand(variable.value(), env));
            } else {
                value(container, variable.source()).ifPresent(value -> env.put(variable.name(), value));
            }
        }
        return env;
    }

    private Optional<String> value(ContainerSpec container, EnvSource source) {
        return switch (source) {
            case EnvSource.Field field -> Optional.of(fields.value(field.path()));
            case EnvSource.Resource resource -> Optional.of(resource(container, resource));
            case EnvSource.ObjectKey key -> {
                Optional<Map<String, byte[]>> data = data(key.resource(), key.object(), key.optional());
                byte[] value = data.map(map -> map.get(key.key())).orElse(null);
                if (value == null && !key.optional()) {
                    throw new ContainerConfigException("couldn't find key " + key.key() + " in " + kind(key.resource())
                            + " " + fields.pod().namespace() + "/" + key.object());
                }
                yield Optional.ofNullable(value).map(EnvResolver::text);
            }
        };
    }

    private Optional<Map<String, byte[]>> data(String resource, String name, boolean optional) {
        Optional<Map<String, byte[]>> data = objects.data(resource, fields.pod().namespace(), name);
        if (data.isEmpty() && !optional) {
            throw new ContainerConfigException(
                    (resource.equals("secrets") ? "secret" : "configmap") + " \"" + name + "\" not found");
        }
        return data;
    }

    private static String kind(String resource) {
        return resource.equals("secrets") ? "Secret" : "ConfigMap";
    }

    private String resource(ContainerSpec self, EnvSource.Resource reference) {
        ContainerSpec container = reference.container().isEmpty()
                ? self
                : fields.pod()
                        .allContainers()
                        .filter(candidate -> candidate.name().equals(reference.container()))
                        .findFirst()
                        .orElseThrow(() ->
                                new ContainerConfigException("container \"" + reference.container() + "\" not found"));
        ContainerSpec.ResourceNeeds needs = container.resources();
        Quantity quantity =
                switch (reference.resource()) {
                    case "limits.cpu" -> Quantity.ofMillis(orElse(needs.cpuLimitMillis(), nodeCpuMillis));
                    case "requests.cpu" -> Quantity.ofMillis(needs.cpuRequestMillis());
                    case "limits.memory" -> Quantity.of(orElse(needs.memoryLimitBytes(), nodeMemoryBytes));
                    case "requests.memory" -> Quantity.of(needs.memoryRequestBytes());
                    default ->
                        throw new ContainerConfigException(
                                "resource \"" + reference.resource() + "\" is not supported");
                };
        Quantity divisor = Quantity.parse(reference.divisor().equals("0") ? "1" : reference.divisor());
        return quantity.amount()
                .divide(divisor.amount(), 0, RoundingMode.CEILING)
                .toPlainString();
    }

    private static long orElse(long value, long fallback) {
        return value == 0 ? fallback : value;
    }

    private static String text(byte[] value) {
        return new String(value, StandardCharsets.UTF_8);
    }

    /** Replaces $(NAME) by its value, leaves unknown names as they are, and $$ is a dollar. */
    public static String expand(String text, Map<String, String> env) {
        Matcher matcher = REFERENCE.matcher(text);
        StringBuilder result = new StringBuilder();
        while (matcher.find()) {
            String name = matcher.group(1);
            String value = name == null ? "$" : env.getOrDefault(name, matcher.group());
            matcher.appendReplacement(result, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(result).toString();
    }

    /**
     * The same where every name has to be known.
     *
     * @throws ContainerConfigException naming one that is not
     */
    public static String expandAll(String text, Map<String, String> env) {
        Matcher matcher = REFERENCE.matcher(text);
        while (matcher.find()) {
            String name = matcher.group(1);
            if (name != null && !env.containsKey(name)) {
                throw new ContainerConfigException("missing value for \"" + name + "\"");
            }
        }
        return expand(text, env);
    }
}
