package dev.waybill.gateway.kinds.cel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.FieldError;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What Kubernetes' libraries say, by the examples in their documentation. */
class KubernetesLibrariesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "isQuantity('1.3G') && isQuantity('1.3Gi') && !isQuantity('1,3G') && !isQuantity('Three')",
                "quantity('50k').isInteger() && quantity('50k').asInteger() == 50000",
                "!quantity('9999999999999999999999999999999999999G').isInteger()",
                "quantity('50k').sub(20000).asApproximateFloat() == 30000.0",
                "quantity('50k').add(quantity('20k')) == quantity('70k')",
                "quantity('50k').add(20).sub(quantity('100k')).sub(-50000) == quantity('20')",
                "quantity('200M').compareTo(quantity('0.2G')) == 0 && quantity('50M').compareTo(quantity('50Mi')) == -1",
                "quantity('150Mi').isGreaterThan(quantity('100Mi')) && quantity('50M').isLessThan(quantity('100M'))",
                "quantity('-1').sign() == -1 && quantity('0').sign() == 0",
                "isURL('https://a:80/p') && isURL('/p') && !isURL('a b') && !isURL('p')",
                "url('https://u@example.com:80/a%20b?k=1&k=2&l').getHost() == 'example.com:80'",
                "url('https://example.com:80/').getHostname() == 'example.com' && url('https://a/').getPort() == ''",
                "url('https://[::1]:80/').getHostname() == '::1' && url('https://[::1]:80/').getPort() == '80'",
                "url('https://a/b%20c?x=1').getEscapedPath() == '/b%20c' && url('https://a').getScheme() == 'https'",
                "url('/p?k=a&k=b%20c&z').getQuery() == {'k': ['a', 'b c'], 'z': ['']}",
                "isIP('127.0.0.1') && isIP('::1') && !isIP('127.0.0.256') && !isIP('fe80::1%en0') && !isIP('127.0.0.01')",
                "isIP('::') && isIP('1:2:3:4:5:6:7:8') && isIP('64:ff9b::1.2.3.4') && isIP('1::8') && isIP('1:2:3:4:5:6:1.2.3.4')",
                "!isIP('1::2::3') && !isIP('1:2:3:4:5:6:7') && !isIP('1:2:3:4:5:6:7:8:9') && !isIP(':::') && !isIP('1:2:3:4:5:6:7:8::')",
                "!isIP('12345::') && !isIP(':1') && !isIP('1:') && !isIP('') && !isIP('1.2.3.4::') && string(ip('::')) == '::'",
                "cidr('2001:db8::/33').containsIP('2001:db8:7fff::1') && !cidr('2001:db8::/33').containsIP('2001:db8:8000::1')",
                "cidr('0.0.0.0/0').containsIP('255.1.2.3') && cidr('::/0').containsIP('ff::1') && cidr('1.2.3.4/32').containsIP('1.2.3.4')",
                "ip('169.254.1.1').isLinkLocalUnicast() && ip('ff02::1').isLinkLocalMulticast() && ip('::1').isLoopback()",
                "!isIP('::ffff:1.2.3.4') && !isIP('1.2.3') && !isIP('1.2.3.4.')",
                "ip('192.168.0.1').family() == 4 && ip('2001:db8::68').family() == 6",
                "ip.isCanonical('127.0.0.1') && ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
                "!ip.isCanonical('2001:db8:0:0:0:0:0:abcd') && string(ip('2001:0:0:1:0:0:0:1')) == '2001:0:0:1::1'",
                "ip('0.0.0.0').isUnspecified() && ip('127.0.0.1').isLoopback() && ip('224.0.0.1').isLinkLocalMulticast()",
                "ip('fe80::1').isLinkLocalUnicast() && ip('192.168.0.1').isGlobalUnicast()",
                "!ip('255.255.255.255').isGlobalUnicast() && ip('127.0.0.1') == ip('127.0.0.1')",
                "isCIDR('192.168.0.0/16') && isCIDR('::1/128') && !isCIDR('192.168.0.0/33') && !isCIDR('1.2.3.4')",
                "cidr('192.168.0.0/24').containsIP('192.168.0.1') && !cidr('192.168.0.0/24').containsIP(ip('192.168.1.1'))",
                "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
                "cidr('192.168.1.5/20').masked() == cidr('192.168.0.0/20') && cidr('1.2.3.4/9').prefixLength() == 9",
                "cidr('192.168.0.1/24').ip().family() == 4 && string(cidr('::1/64')) == '::1/64'",
                "isSemver('1.0.0') && isSemver('0.1.0-alpha.1') && isSemver('1.2.3-a.b+c.d') && isSemver('1.0.0--')",
                "!isSemver('200K') && !isSemver('Three') && !isSemver('v1.0.0') && !isSemver('1.0') && !isSemver('01.0.0')",
                "!isSemver('1.0.0-01') && !isSemver('1.0.0-') && !isSemver('1.0.0+') && !isSemver(' 1.0.0') && isSemver('1.0.0-0a')",
                "isSemver('v1.0', true) && isSemver('1', true) && isSemver('01.01.01', true) && !isSemver('1-a', true)",
                "!isSemver('v1.0', false) && semver('v01.2', true) == semver('1.2.0') && semver('1.0.00-a', true) == semver('1.0.0-a')",
                "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3",
                "semver('1.2.3').compareTo(semver('1.2.3')) == 0 && semver('1.2.3').compareTo(semver('2.0.0')) == -1",
                "semver('1.2.3').compareTo(semver('0.1.2')) == 1 && semver('1.10.0').isGreaterThan(semver('1.9.0'))",
                "semver('1.0.0-alpha').isLessThan(semver('1.0.0')) && semver('1.0.0-2').isLessThan(semver('1.0.0-10'))",
                "semver('1.0.0-10').isLessThan(semver('1.0.0-a')) && semver('1.0.0-a').isLessThan(semver('1.0.0-a.1'))",
                "semver('1.0.0+a').compareTo(semver('1.0.0+b')) == 0 && !isSemver('9223372036854775808.0.0')",
                "!format.dns1123Label().validate('my-name').hasValue()",
                "format.dns1123Label().validate('No').value()[0].startsWith('a lowercase RFC 1123 label must')",
                "format.named('dns1035Label').value().validate('1a').hasValue() && !format.named('none').hasValue()",
                "!format.dns1123LabelPrefix().validate('my-').hasValue() && format.uuid().validate('x').hasValue()",
                "format.datetime().validate('2021-01-01').hasValue() && !format.date().validate('2021-01-01').hasValue()",
                "format.byte().validate('!').value() == ['invalid base64'] && !format.uri().validate('http://a').hasValue()"
            })
    void whatKubernetesSaysIsTrue(String rule) {
        assertThat(check(rule)).as(rule).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "quantity('Mi').sign() == 0 | quantities must match the regular expression",
                "quantity('0.5').asInteger() == 0 | cannot convert value to integer",
                "ip('x').family() == 4 | IP Address \"x\" parse error during conversion from string",
                "cidr('x').prefixLength() == 4 | network address parse error during conversion from string",
                "url('x y').getHost() == '' | URL parse error during conversion from string",
                "semver('1.0').major() == 1 | No Major.Minor.Patch elements found",
                "semver('1-a', true).major() == 1 | short version cannot contain PreRelease/Build meta data",
                "semver('1.0.0') == 1 | compilation failed",
                "quantity('1') == 1 | compilation failed"
            })
    void whatCannotBeIsAnErrorOfTheRule(String rule, String why) {
        assertThat(check(rule))
                .singleElement()
                .satisfies(error -> assertThat(error).contains(why));
    }

    private static List<String> check(String rule) {
        ObjectNode schema = JsonMapper.shared().createObjectNode().put("type", "object");
        schema.putArray("x-kubernetes-validations").addObject().put("rule", rule);
        List<FieldError> errors = new ArrayList<>();
        SchemaRules rules = SchemaRules.compile(schema, "schema", errors);
        if (rules != null && errors.isEmpty()) {
            rules.check(JsonMapper.shared().createObjectNode().put("kind", "X"), null, "", errors);
        }
        return errors.stream().map(FieldError::sentence).toList();
    }
}
