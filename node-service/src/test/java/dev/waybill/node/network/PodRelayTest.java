package dev.waybill.node.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The way from pods to the gateway, on addresses of loopback. */
@Timeout(20)
class PodRelayTest {
    private static final PodSubnet PODS = PodSubnet.parse("127.0.77.0/24");

    private ServerSocket gateway;
    private PodRelay relay;
    private int port;

    @BeforeEach
    void start() throws Exception {
        gateway = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::echo);
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(PODS.bridge()))) {
            port = free.getLocalPort();
        }
        relay = new PodRelay(PODS, port, new GatewayAddress("127.0.0.1", gateway.getLocalPort()));
        relay.listen();
        relay.listen();
    }

    @AfterEach
    void stop() throws Exception {
        relay.close();
        gateway.close();
    }

    /** Answers with all that came, once the caller has said all. */
    private void echo() {
        while (!gateway.isClosed()) {
            try (Socket caller = gateway.accept()) {
                byte[] said = caller.getInputStream().readAllBytes();
                caller.getOutputStream().write(said);
            } catch (IOException e) {
                return;
            }
        }
    }

    private Socket from(String address) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(address, 0));
        socket.connect(new InetSocketAddress(PODS.bridge(), port));
        return socket;
    }

    private String exchange(String address) throws IOException {
        try (Socket pod = from(address)) {
            pod.getOutputStream().write("hello".repeat(10_000).getBytes(StandardCharsets.UTF_8));
            pod.shutdownOutput();
            return new String(pod.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aPodReachesTheGatewayAndBothSidesMayEndFirst() throws Exception {
        for (int i = 0; i < 20; i++) {
            assertThat(exchange("127.0.77.5")).isEqualTo("hello".repeat(10_000));
        }
    }

    @Test
    void whoIsNoPodIsNotLetIn() throws Exception {
        for (String address : new String[] {"127.0.0.1", "127.0.78.5", "127.0.77.1"}) {
            try (Socket stranger = from(address)) {
                assertThat(stranger.getInputStream().read()).as(address).isEqualTo(-1);
            } catch (IOException e) {
                assertThat(e).as("reset").isNotNull();
            }
        }
    }

    @Test
    void onePodCannotTakeEverything() throws Exception {
        Socket[] greedy = new Socket[257];
        for (int i = 0; i < greedy.length; i++) {
            greedy[i] = from("127.0.77.6");
        }
        greedy[256].setSoTimeout(30_000);
        assertThat(greedy[256].getInputStream().read()).as("one too many").isEqualTo(-1);
        for (Socket socket : greedy) {
            socket.close();
        }
        assertThat(exchange("127.0.77.7")).as("another pod").hasSize(50_000);
    }

    @Test
    void clientsFindTheApiByName() {
        GatewayAccess access = new GatewayAccess(new GatewayAddress("127.0.0.1", 6443), PODS, relay);
        assertThat(access.environment(false))
                .containsAllEntriesOf(Map.of(
                        "KUBERNETES_SERVICE_HOST",
                        "kubernetes.default.svc",
                        "KUBERNETES_SERVICE_PORT",
                        Integer.toString(port)));
        assertThat(access.environment(true)).containsEntry("KUBERNETES_SERVICE_PORT", "6443");
        assertThat(access.hostsLine(false)).startsWith("127.0.77.1\tkubernetes.default.svc");
        assertThat(access.hostsLine(true)).startsWith("127.0.0.1\t");
        assertThat(GatewayAddress.parse("https://gateway")).hasToString("gateway:6443");
        assertThatThrownBy(() -> GatewayAddress.parse("http://gateway:80"))
                .hasMessageContaining("waybill.node.gateway");
    }
}
