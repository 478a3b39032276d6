package dev.waybill.image;

import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.objects.SecretCipher;
import dev.waybill.image.chain.DriverChoice;
import dev.waybill.image.chain.StorageDriver;
import dev.waybill.image.collection.ImageCollector;
import dev.waybill.image.collection.kafka.StoreWatch;
import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.credentials.kafka.PullSecretListener;
import dev.waybill.image.credentials.process.CredentialProgram;
import dev.waybill.image.credentials.process.NodeKeyring;
import dev.waybill.image.fetch.ImageFetcher;
import dev.waybill.image.fetch.LayerFetcher;
import dev.waybill.image.fetch.ingest.IngestDirectory;
import dev.waybill.image.fetch.ingest.IngestSettings;
import dev.waybill.image.hosts.Proxies;
import dev.waybill.image.hosts.RegistryHosts;
import dev.waybill.image.hosts.yaml.HostsFile;
import dev.waybill.image.policy.PolicyFile;
import dev.waybill.image.policy.Trust;
import dev.waybill.image.pull.kafka.ImagePullListener;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.http.Backoff;
import dev.waybill.image.registry.http.DownloadLimits;
import dev.waybill.image.registry.http.HttpRegistries;
import dev.waybill.image.registry.http.Timeouts;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.EventHandlers;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.OwnPartition;
import dev.waybill.runtime.ReceivedEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Pulls images for one node; alone in its JVM or beside other services, with a store of its own. */
@SpringBootConfiguration
@EnableAutoConfiguration
@EnableConfigurationProperties({ImageSettings.class, CollectionSettings.class})
public class ImageServiceApplication {

    private static final Duration HELPER_LIMIT = Duration.ofSeconds(20);

    /** Starts the service as a program of its own. */
    public static void main(String[] args) {
        builder().run(args);
    }

    /** The service, to be run with more arguments. */
    public static SpringApplicationBuilder builder() {
        return new SpringApplicationBuilder(ImageServiceApplication.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=image-service");
    }

    /** A node reads the one partition that its name's hash gives, and no other. */
    @Bean
    static OwnPartition ownPartition(Environment environment) {
        return new OwnPartition(environment);
    }

    @Bean
    LayerStore layerStore(ImageSettings settings) throws IOException {
        return LayerStore.open(settings.storeDir());
    }

    @Bean
    ImageStore imageStore(LayerStore layers) throws IOException {
        return new ImageStore(layers);
    }

    @Bean
    StorageDriver storageDriver(ImageSettings settings, ImageStore images) throws IOException {
        return DriverChoice.choose(settings.driver(), images);
    }

    @Bean
    HttpRegistries registries(ImageSettings settings) throws IOException {
        Path dockerConfig = settings.dockerConfig();
        return new HttpRegistries(
                hosts(settings.registries()),
                dockerConfig == null
                        ? Keyring.EMPTY
                        : new NodeKeyring(dockerConfig, new CredentialProgram("", HELPER_LIMIT)),
                new Timeouts(settings.connectTimeout(), settings.answerTimeout(), settings.stallTimeout()),
                new Backoff(settings.attempts(), settings.retryAfter()),
                new DownloadLimits(
                        settings.parallelDownloads(),
                        settings.parallelDownloadsPerRegistry(),
                        settings.bandwidth().toBytes()));
    }

    private static RegistryHosts hosts(@Nullable Path file) {
        Proxies proxies = Proxies.of(System.getenv());
        return file == null ? new RegistryHosts(Map.of(), Map.of(), proxies) : HostsFile.read(file, proxies);
    }

    /** The node's own partition of the assignments, replayed at every start: nothing of it is kept on disk here. */
    @Bean
    PullSecretListener pullSecrets(@Value("${waybill.node.name}") String nodeName, ImageSettings settings) {
        Path key = settings.secretsKeyFile();
        return new PullSecretListener(nodeName, () -> {
            if (!Files.exists(key)) {
                throw new NoSuchFileException(
                        key.toString(), null, "is this node's key, which Secrets are sealed with for it");
            }
            return SecretCipher.fromKeyFile(key);
        });
    }

    @Bean
    LogTail assignments(
            KafkaConnection connection, @Value("${waybill.node.name}") String nodeName, PullSecretListener secrets) {
        int own = Topic.partitionOfNode(nodeName);
        return new LogTail(connection, Topics.NODE_ASSIGNMENTS, partition -> partition == own, secrets);
    }

    @Bean
    IngestDirectory ingest(ImageSettings settings) throws IOException {
        return new IngestDirectory(
                settings.storeDir().resolve("ingest"),
                new IngestSettings(
                        settings.rangesFrom().toBytes(),
                        Math.toIntExact(settings.rangeSize().toBytes()),
                        settings.rangeConnections(),
                        settings.partsKeptFor(),
                        settings.partsKept().toBytes()),
                Clock.systemUTC());
    }

    @Bean
    LayerFetcher layerFetcher(ImageSettings settings, IngestDirectory ingest, LayerStore layers) {
        LayerUnpacker unpacker = new LayerUnpacker(new UnpackLimits(
                settings.maxLayerEntries(), settings.maxLayerSize().toBytes()));
        return new LayerFetcher(ingest, unpacker, layers);
    }

    @Bean
    ImageFetcher imageFetcher(ImageSettings settings, LayerFetcher layers, ImageStore images) {
        return new ImageFetcher(
                layers,
                images,
                Platform.ofJavaArch(System.getProperty("os.arch")),
                settings.policy() == null ? Trust.ANYTHING : PolicyFile.read(settings.policy()),
                Clock.systemUTC(),
                settings.parallelLayers());
    }

    @Bean
    ImagePullListener imagePullListener(
            @Value("${waybill.node.name}") String nodeName,
            ImageSettings settings,
            ImageStore images,
            StorageDriver driver,
            ImageFetcher fetcher,
            HttpRegistries registries,
            PullSecretListener secrets,
            EventPublisher publisher) {
        return new ImagePullListener(
                nodeName,
                images,
                driver,
                fetcher,
                registries,
                secrets,
                publisher,
                Clock.systemUTC(),
                settings.requestMaxAge(),
                settings.parallelPulls());
    }

    @Bean
    Consumer<List<ReceivedEvent>> pullImage(EventHandlers handlers, ImagePullListener listener) {
        return handlers.forEach("pullImage", listener);
    }

    @Bean
    StoreWatch storeWatch(
            @Value("${waybill.node.name}") String nodeName,
            CollectionSettings settings,
            ImageStore images,
            EventPublisher publisher) {
        ImageCollector collector = new ImageCollector(
                images, settings.policy(), Clock.systemUTC(), () -> ImageCollector.diskOf(images), _ -> {});
        return new StoreWatch(nodeName, images, collector, publisher);
    }

    @Bean
    ApplicationRunner openBindings(
            BindingGate gate, LogTail assignments, StoreWatch watch, CollectionSettings settings) {
        return _ -> {
            assignments.start();
            gate.open();
            watch.start(settings.look(), settings.interval());
        };
    }
}
