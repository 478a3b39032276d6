package dev.waybill.image.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.image.reference.ImageReference;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyFileTest {

    private static final String POLICY = """
            {"default": [{"type": "reject"}],
             "transports": {
               "docker-daemon": {"": [{"type": "whatever"}]},
               "docker": {
                 "docker.io/library": [{"type": "insecureAcceptAnything"}],
                 "docker.io/library/nginx:1": [{"type": "reject"}],
                 "*.example.com": [{"type": "insecureAcceptAnything"}],
                 "bad.example.com/team": [{"type": "reject"}]}}}""";

    @ParameterizedTest
    @CsvSource({
        "nginx, true",
        "nginx:1, false",
        "team/nginx, false",
        "quay.io/x, false",
        "a.example.com/x, true",
        "a.b.example.com/x, true",
        "a.example.com:5000/x, true",
        "example.com/x, false",
        "bad.example.com/x, true",
        "bad.example.com/team/x, false",
        "bad.example.com/teams/x, true",
    })
    void theMostSpecificScopeDecides(String image, boolean admitted) throws Exception {
        ImagePolicy policy = parse(POLICY);
        ImageReference reference = ImageReference.parse(image);
        if (admitted) {
            policy.admit(reference);
        } else {
            assertThatThrownBy(() -> policy.admit(reference))
                    .isInstanceOfSatisfying(
                            ImageRejectedException.class,
                            e -> assertThat(e.mayChange()).isFalse())
                    .hasMessageContaining(reference.toString());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                                  | default: is missing
            {'default':[]}                                                      | at least one requirement
            {'default':[{'type':'signedBy'}]}                                   | default[0].type: "signedBy"
            {'defaults':[]}                                                     | defaults: is not supported
            {'default':[{'type':'reject','keyPath':'x'}]}                       | default[0].keyPath
            {'default':[{'type':'sigstoreSigned'}]}                             | keyPath or keyData is missing
            {'default':[{'type':'sigstoreSigned','fulcio':{}}]}                 | default[0].fulcio: is not supported
            {'default':[{'type':'sigstoreSigned','keyPath':'/none'}]}           | key /none can't be read
            {'default':[{'type':'sigstoreSigned','keyData':'!'}]}               | keyData: is not base64
            {'default':[{'type':'sigstoreSigned','keyData':'AAAA'}]}            | no PEM public key
            {                                                                   | is not JSON
            """)
    void whatIsWrongIsNamed(String json, String reason) {
        assertThatThrownBy(() -> parse(json.replace('\'', '"')))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "matchExact, a.io/x:1, a.io/x:1, true",
        "matchExact, a.io/x:1, a.io/x:2, false",
        "matchExact, a.io/x:latest, a.io/x, false",
        "matchRepoDigestOrExact, a.io/x:1, a.io/x:1, true",
        "matchRepoDigestOrExact, a.io/x:1, a.io/x, false",
        "matchRepository, a.io/x:1, a.io/x, true",
        "matchRepository, a.io/x:1, a.io/y, false",
        "matchRepository, a.io/x:1, Not A Name, false",
    })
    void theSignedNameMustFit(String type, String pulled, String signed, boolean fits) throws Exception {
        SignedIdentity identity =
                switch (type) {
                    case "matchExact" -> new SignedIdentity.MatchExact();
                    case "matchRepository" -> new SignedIdentity.MatchRepository();
                    default -> new SignedIdentity.MatchRepoDigestOrExact();
                };
        assertThat(identity.fits(ImageReference.parse(pulled), signed)).isEqualTo(fits);
    }

    @Test
    void aDigestMayHaveBeenSignedUnderAnyTag() throws Exception {
        ImageReference pulled = ImageReference.parse("a.io/x@sha256:" + "a".repeat(64));
        assertThat(new SignedIdentity.MatchRepoDigestOrExact().fits(pulled, "a.io/x:7"))
                .isTrue();
        assertThat(new SignedIdentity.ExactRepository("b.io/y").fits(pulled, "b.io/y:7"))
                .isTrue();
        assertThat(new SignedIdentity.ExactReference("b.io/y:7").fits(pulled, "b.io/y:8"))
                .isFalse();
    }

    private static ImagePolicy parse(String json) {
        return PolicyFile.parse("policy.json", json.getBytes(StandardCharsets.UTF_8));
    }
}
