package dev.waybill.node.testing;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.nio.file.Files;
import java.nio.file.Path;

/** A gRPC server to be run in a pod: its service shop.Basket is well while a file is not there. */
public final class HealthServer {
    private HealthServer() {}

    /** Port and file. */
    public static void main(String[] arguments) throws Exception {
        HealthStatusManager health = new HealthStatusManager();
        NettyServerBuilder.forPort(Integer.parseInt(arguments[0]))
                .addService(health.getHealthService())
                .build()
                .start();
        Path unwell = Path.of(arguments[1]);
        while (true) {
            health.setStatus("shop.Basket", Files.exists(unwell) ? ServingStatus.NOT_SERVING : ServingStatus.SERVING);
            Thread.sleep(100);
        }
    }
}
