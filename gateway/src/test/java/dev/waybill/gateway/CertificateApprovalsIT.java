package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Requests for certificates, which are approved and then signed. */
@Timeout(600)
class CertificateApprovalsIT {
    private static final String CERTIFICATES = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @Test
    void certificatesAreApprovedBeforeTheyAreSigned() throws Exception {
        JsonNode created = gateway.expect(
                201, "POST", CERTIFICATES, "{'metadata':{'name':'csr'}," + LifecyclesIT.CERTIFICATE + "}");
        assertThat(created.at("/spec/username").asString()).isEqualTo("admin");
        assertThat(created.at("/spec/groups").toString()).contains("system:masters");
        assertThat(gateway.get(CERTIFICATES + "?fieldSelector=spec.signerName%3Dexample.com/e2e")
                        .path("items"))
                .isNotEmpty();
        String one = CERTIFICATES + "/csr";
        assertThat(gateway.merge(
                                422, one + "/status", "{'status':{'conditions':[{'type':'Approved','status':'True'}]}}")
                        .path("message")
                        .asString())
                .contains("status.conditions: Forbidden: updates may not add a condition of type \"Approved\"");
        JsonNode approved = gateway.merge(
                200,
                one + "/approval",
                "{'metadata':{'annotations':{'a':'b'}},'spec':{'signerName':'other.com/x'},"
                        + "'status':{'certificate':'AA==','conditions':[{'type':'Approved','status':'True','reason':'R'}]}}");
        assertThat(approved.at("/metadata/annotations/a").asString()).isEqualTo("b");
        assertThat(approved.at("/spec/signerName").asString()).isEqualTo("example.com/e2e");
        assertThat(approved.path("status").has("certificate")).isFalse();
        assertThat(approved.at("/status/conditions/0/lastUpdateTime").asString())
                .isNotEmpty();
        assertThat(gateway.merge(422, one + "/approval", "{'status':{'conditions':[]}}")
                        .path("message")
                        .asString())
                .contains("updates may not remove a condition of type \"Approved\"");
        JsonNode signed = gateway.merge(200, one + "/status", "{'status':{'certificate':'AAAA'}}");
        assertThat(signed.at("/status/certificate").asString()).isEqualTo("AAAA");
        assertThat(gateway.merge(422, one + "/status", "{'status':{'certificate':'BBBB'}}")
                        .path("message")
                        .asString())
                .contains("updates may not modify existing certificate content");
    }

    @Test
    void approvingTakesARightToTheSigner() throws Exception {
        gateway.expect(201, "POST", CERTIFICATES, "{'metadata':{'name':'guarded'}," + LifecyclesIT.CERTIFICATE + "}");
        gateway.expect(
                201,
                "POST",
                "/apis/rbac.authorization.k8s.io/v1/clusterroles",
                "{'metadata':{'name':'approver'},'rules':[{'apiGroups':['certificates.k8s.io'],"
                        + "'resources':['certificatesigningrequests/approval'],'verbs':['update','patch']}]}");
        gateway.expect(
                201,
                "POST",
                "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                "{'metadata':{'name':'approver'},'roleRef':{'kind':'ClusterRole','name':'approver',"
                        + "'apiGroup':'rbac.authorization.k8s.io'},'subjects':[{'kind':'User','name':'ann'}]}");
        HttpResponse<String> refused = gateway.send(gateway.request(CERTIFICATES + "/guarded/approval")
                .header("Content-Type", "application/merge-patch+json")
                .header("Impersonate-User", "ann")
                .method(
                        "PATCH",
                        HttpRequest.BodyPublishers.ofString(
                                "{\"status\":{\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\"}]}}"))
                .build());
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
        assertThat(refused.body())
                .contains("user not permitted to approve requests with signerName \\\"example.com/e2e\\\"");
    }
}
