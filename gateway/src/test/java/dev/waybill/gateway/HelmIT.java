package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The life of a release of Helm's own starter chart; no node runs it. */
@Timeout(600)
class HelmIT {
    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @Test
    void installsUpgradesRollsBackAndUninstalls() throws Exception {
        Kubectl helm =
                Kubectl.find("helm", gateway.directory(), gateway.kubeconfig()).orElse(null);
        Assumptions.assumeTrue(helm != null, "SKIPPED: no helm");
        helm.run("create", "web");
        assertThat(helm.run("install", "shop", "web", "--wait=false")).contains("STATUS: deployed");
        assertThat(replicas()).isEqualTo(1);
        assertThat(helm.run("upgrade", "shop", "web", "--wait=false", "--set", "replicaCount=3"))
                .contains("REVISION: 2");
        assertThat(replicas()).isEqualTo(3);
        assertThat(helm.run("rollback", "shop", "1", "--wait=false")).contains("Rollback was a success");
        assertThat(replicas()).isEqualTo(1);
        assertThat(helm.run("history", "shop")).contains("Rollback to 1");
        assertThat(helm.run("list")).contains("shop").contains("deployed");
        assertThat(helm.run("uninstall", "shop")).contains("uninstalled");
        assertThat(gateway.get("/apis/apps/v1/namespaces/default/deployments").path("items"))
                .isEmpty();
        assertThat(gateway.get("/api/v1/namespaces/default/services?fieldSelector=metadata.name!=kubernetes")
                        .path("items"))
                .isEmpty();
    }

    private static int replicas() throws Exception {
        return gateway.get("/apis/apps/v1/namespaces/default/deployments/shop-web")
                .at("/spec/replicas")
                .asInt(-1);
    }
}
