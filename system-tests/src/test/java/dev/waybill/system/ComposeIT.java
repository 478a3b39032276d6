package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code docker-compose.yml} says, as docker-compose understands it. */
class ComposeIT {
    @Test
    void composeTakesTheFileAndItNamesEveryService() throws Exception {
        assumeTrue(Commands.present("docker-compose"), "docker-compose is not installed");
        Commands.Ended ended = Commands.run(Repository.root(), Map.of(), "docker-compose", "config");
        assertThat(ended.code()).as(ended.output()).isZero();
        JsonNode services = JsonMapper.shared()
                .valueToTree(new Yaml(new SafeConstructor(new LoaderOptions())).load(ended.output()))
                .path("services");
        assertThat(services.propertyNames())
                .contains(
                        "kafka",
                        "registry",
                        "redis",
                        "gateway",
                        "scheduler-service",
                        "quota-service",
                        "image-service",
                        "node-service");
        services.forEach(service -> service.path("ports")
                .forEach(port -> assertThat(port.asString("")).startsWith("127.0.0.1:")));
    }
}
