package dev.waybill.node.kafka;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.events.NodeRegistered;
import dev.waybill.runtime.TraceContext;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** A broker for each test, and a node in the test's own process; the test plays the writer and the image service. */
abstract class NodeOnABroker {
    /** Pods end with the service, as they do with the last start of a test. */
    static final String LAST = "--waybill.node.stop-pods-on-shutdown=true";

    @TempDir
    Path directory;

    NodeBroker broker;

    @BeforeEach
    void startBroker() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        broker = new NodeBroker(directory);
    }

    @AfterEach
    void endBroker() {
        if (broker != null) {
            broker.close();
        }
    }

    /** The node has told of itself and been answered, and hears of images. */
    NodeRegistered awaitRegistered(ConfigurableApplicationContext service) throws Exception {
        NodeRegistered registered = broker.await(NodeRegistered.class, any -> true);
        broker.snapshot(registered.getNodeEpoch());
        NodeBroker.awaitBinding(service);
        return registered;
    }

    /** Gives the node its pod, and the image that this asks for. */
    void assignWithImage() throws Exception {
        broker.assign(1, "", TraceContext.newRoot());
        broker.answerFirstWish();
    }
}
