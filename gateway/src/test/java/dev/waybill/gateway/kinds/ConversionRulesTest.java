package dev.waybill.gateway.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** spec.conversion of a CustomResourceDefinition: each mistake with Kubernetes' field and sentence, and nothing else. */
class ConversionRulesTest {
    private static final String URL = "'url':'https://a/b'";
    private static final String VERSIONS = "'conversionReviewVersions':['v1']";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'strategy':'Odd'|spec.conversion.strategy: Unsupported value: \"Odd\": supported values: \"None\", \"Webhook\"",
                "'strategy':'None','webhook':{'clientConfig':{URL}}|spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook",
                "'strategy':'None','webhook':{VERSIONS}|spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook",
                "'strategy':'Webhook','webhook':{VERSIONS}|spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
                "'strategy':'Webhook','webhook':{'clientConfig':{},VERSIONS}|spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required",
                "'strategy':'Webhook','webhook':{'clientConfig':{URL,'service':{'name':'a','namespace':'b'}},VERSIONS}|spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required",
                "'strategy':'Webhook','webhook':{'clientConfig':{'url':'http://a'},VERSIONS}|spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
                "'strategy':'Webhook','webhook':{'clientConfig':{'url':'https://a b/p'},VERSIONS}|spec.conversion.webhookClientConfig.url: Required value: url must be a valid URL: parse \"https://a b/p\": invalid; desired format: https://host[/path]",
                "'strategy':'Webhook','webhook':{'clientConfig':{'url':'https:///p'},VERSIONS}|spec.conversion.webhookClientConfig.url: Invalid value: \"\": host must be specified; desired format: https://host[/path]",
                "'strategy':'Webhook','webhook':{'clientConfig':{'url':'https://u:p@a'},VERSIONS}|spec.conversion.webhookClientConfig.url: Invalid value: \"u:p\": user information is not permitted in the URL",
                "'strategy':'Webhook','webhook':{'clientConfig':{'url':'https://a#f'},VERSIONS}|spec.conversion.webhookClientConfig.url: Invalid value: \"f\": fragments are not permitted in the URL",
                "'strategy':'Webhook','webhook':{'clientConfig':{'url':'https://a?q=1'},VERSIONS}|spec.conversion.webhookClientConfig.url: Invalid value: \"q=1\": query parameters are not permitted in the URL",
                "'strategy':'Webhook','webhook':{'clientConfig':{'service':{'namespace':'b'}},VERSIONS}|spec.conversion.webhookClientConfig.service.name: Required value: service name is required",
                "'strategy':'Webhook','webhook':{'clientConfig':{'service':{'name':'b'}},VERSIONS}|spec.conversion.webhookClientConfig.service.namespace: Required value: service namespace is required",
                "'strategy':'Webhook','webhook':{'clientConfig':{'service':{'name':'a','namespace':'b','port':0}},VERSIONS}|spec.conversion.webhookClientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
                "'strategy':'Webhook','webhook':{'clientConfig':{'service':{'name':'a','namespace':'b','path':'p'}},VERSIONS}|spec.conversion.webhookClientConfig.service.path: Invalid value: \"p\": must start with a '/' AND",
                "'strategy':'Webhook','webhook':{'clientConfig':{'service':{'name':'a','namespace':'b','path':'/a//b'}},VERSIONS}|spec.conversion.webhookClientConfig.service.path: Invalid value: \"/a//b\": segment[1] may not be empty",
                "'strategy':'Webhook','webhook':{'clientConfig':{URL,'caBundle':'eA=='},VERSIONS}|spec.conversion.webhookClientConfig.caBundle: Invalid value: \"eA==\": unable to load root certificates: unable to parse bytes as PEM block",
                "'strategy':'Webhook','webhook':{'clientConfig':{URL}}|spec.conversion.conversionReviewVersions: Required value",
                "'strategy':'Webhook','webhook':{'clientConfig':{URL},'conversionReviewVersions':['v2']}|spec.conversion.conversionReviewVersions: Invalid value: [\"v2\"]: must include at least one of v1, v1beta1",
                "'strategy':'Webhook','webhook':{'clientConfig':{URL},'conversionReviewVersions':['v1','v1']}|spec.conversion.conversionReviewVersions[1]: Invalid value: \"v1\": duplicate version",
            })
    void whatIsWrongIsSaidAsByKubernetes(String conversion, String expected) {
        List<String> sentences = sentences(definition(conversion, "false"), null);
        if (expected.endsWith(" AND")) {
            assertThat(sentences).contains(expected.substring(0, expected.length() - 4));
        } else {
            assertThat(sentences).containsExactly(expected);
        }
    }

    @Test
    void unknownFieldsAndWebhooksDoNotGoTogether() {
        String webhook = "'strategy':'Webhook','webhook':{'clientConfig':{URL},VERSIONS}";
        assertThat(sentences(definition(webhook, "true"), null))
                .containsExactly("spec.conversion.strategy: Invalid value: \"Webhook\": must be None if"
                        + " spec.preserveUnknownFields is true");
        assertThat(sentences(definition(webhook, "false"), null)).isEmpty();
    }

    @Test
    void aServiceHasAPortAndAWrongBundleThatWasThereStays() {
        ObjectNode service = definition(
                "'strategy':'Webhook','webhook':{'clientConfig':{'service':{'name':'a','namespace':'b'},"
                        + "'caBundle':'eA=='},VERSIONS}",
                "false");
        kind().defaults(service);
        assertThat(service.at("/spec/conversion/webhook/clientConfig/service/port")
                        .asInt())
                .isEqualTo(443);
        assertThat(sentences(service, null)).hasSize(1);
        assertThat(sentences(service, service)).isEmpty();
    }

    private static List<String> sentences(ObjectNode definition, @org.jspecify.annotations.Nullable ObjectNode old) {
        return kind().validate(definition, old).stream()
                .map(FieldError::sentence)
                .toList();
    }

    private static Kind kind() {
        return Objects.requireNonNull(Kinds.standard().byKind("apiextensions.k8s.io/v1", "CustomResourceDefinition"));
    }

    private static ObjectNode definition(String conversion, String preserve) {
        return (ObjectNode) Json.parse("""
                {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
                 "metadata":{"name":"things.example.com"},
                 "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
                  "preserveUnknownFields":PRESERVE,"conversion":{CONVERSION},
                  "versions":[{"name":"v1","served":true,"storage":true,
                   "schema":{"openAPIV3Schema":{"type":"object"}}}]}}""".replace("PRESERVE", preserve).replace(
                "CONVERSION",
                conversion.replace("URL", URL).replace("VERSIONS", VERSIONS).replace('\'', '"')));
    }
}
