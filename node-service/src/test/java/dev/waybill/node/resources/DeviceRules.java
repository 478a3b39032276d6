package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.oci.Command;
import dev.waybill.node.testing.LimitedContainer;
import dev.waybill.node.testing.LoopDevice;
import java.util.List;
import java.util.Map;

/** What a rule for devices lets a container do with nodes that it got by other ways, on either version. Stateless. */
final class DeviceRules {
    private static final String SCRIPT = "while [ ! -e /tmp/ready ]; do sleep 0.1; done;"
            + " dd if=/dev/mine bs=512 count=1 of=/dev/null; echo read $?;"
            + " dd if=/dev/zero of=/dev/mine bs=512 count=1 conv=notrunc; echo write $?";

    private DeviceRules() {}

    static void check(int version) throws Exception {
        try (LoopDevice loop = LoopDevice.attach(1 << 20);
                LimitedContainer reader = LimitedContainer.start("{}", rule("b 7:* r, c 10:229 r"), SCRIPT);
                LimitedContainer writer = LimitedContainer.start("{}", rule("b " + loop.number() + " rw"), SCRIPT);
                LimitedContainer without = LimitedContainer.start("{}", Map.of(), SCRIPT)) {
            if (version == 1) {
                assertThat(reader.limits().get("devices.list")).contains("b 7:* r", "c 10:229 r");
            }
            for (LimitedContainer container : List.of(reader, writer, without)) {
                String[] number = loop.number().split(":", -1);
                Command.run(List.of("mknod", container.inside("/dev/mine").toString(), "b", number[0], number[1]));
                Command.run(List.of("touch", container.inside("/tmp/ready").toString()));
                assertThat(container.exitCode()).isZero();
            }
            assertThat(reader.output()).contains("read 0", "Operation not permitted", "write 1");
            assertThat(writer.output()).contains("read 0", "write 0");
            assertThat(without.output()).contains("read 1", "write 1");
        }
    }

    private static Map<String, String> rule(String rule) {
        return Map.of("waybill.dev/device-cgroup-rule", rule);
    }
}
