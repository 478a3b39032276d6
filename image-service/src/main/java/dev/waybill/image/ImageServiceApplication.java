package dev.waybill.image;

import dev.waybill.image.collection.ImageCollector;
import dev.waybill.image.collection.kafka.StoreWatch;
import dev.waybill.image.fetch.ImageFetcher;
import dev.waybill.image.fetch.LayerFetcher;
import dev.waybill.image.pull.kafka.ImagePullListener;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.http.Backoff;
import dev.waybill.image.registry.http.HttpRegistry;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.EventHandlers;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.OwnPartition;
import dev.waybill.runtime.ReceivedEvent;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
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
    HttpRegistry registry(ImageSettings settings) {
        return new HttpRegistry(
                settings.connectTimeout(), settings.answerTimeout(), settings.stallTimeout(), backoff(settings));
    }

    @Bean
    ImageFetcher imageFetcher(ImageSettings settings, HttpRegistry registry, LayerStore layers, ImageStore images) {
        LayerUnpacker unpacker = new LayerUnpacker(new UnpackLimits(
                settings.maxLayerEntries(), settings.maxLayerSize().toBytes()));
        Backoff backoff = backoff(settings);
        return new ImageFetcher(
                registry,
                new LayerFetcher(registry, unpacker, layers, (what, attempt) -> backoff.retry(what, attempt::run)),
                images,
                Platform.ofJavaArch(System.getProperty("os.arch")),
                Clock.systemUTC(),
                settings.parallelLayers());
    }

    @Bean
    ImagePullListener imagePullListener(
            @Value("${waybill.node.name}") String nodeName,
            ImageSettings settings,
            ImageStore images,
            ImageFetcher fetcher,
            EventPublisher publisher) {
        return new ImagePullListener(
                nodeName,
                images,
                fetcher,
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
    ApplicationRunner openBindings(BindingGate gate, StoreWatch watch, CollectionSettings settings) {
        return _ -> {
            gate.open();
            watch.start(settings.look(), settings.interval());
        };
    }

    private static Backoff backoff(ImageSettings settings) {
        return new Backoff(settings.attempts(), settings.retryAfter());
    }
}
