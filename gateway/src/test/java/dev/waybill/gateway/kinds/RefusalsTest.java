package dev.waybill.gateway.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** Common mistakes in manifests: each is refused with Kubernetes' field and Kubernetes' sentence, and nothing else. */
class RefusalsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','livenessProbe':{}}]}}|spec.containers[0].livenessProbe: Required value: must specify a handler type",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','livenessProbe':{'exec':{'command':['a']},'tcpSocket':{'port':1}}}]}}|spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','readinessProbe':{'exec':{}}}]}}|spec.containers[0].readinessProbe.exec.command: Required value",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','readinessProbe':{'httpGet':{'port':0}}}]}}|spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','readinessProbe':{'httpGet':{'port':'a_b'}}}]}}|spec.containers[0].readinessProbe.httpGet.port: Invalid value: \"a_b\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','readinessProbe':{'httpGet':{'port':80,'scheme':'FTP'}}}]}}|spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: \"FTP\": supported values: \"HTTP\", \"HTTPS\"",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','startupProbe':{'tcpSocket':{'port':70000}}}]}}|spec.containers[0].startupProbe.tcpSocket.port: Invalid value: 70000: must be between 1 and 65535, inclusive",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','livenessProbe':{'grpc':{'port':1},'periodSeconds':-1}}]}}|spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','livenessProbe':{'grpc':{'port':1},'successThreshold':2}}]}}|spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','readinessProbe':{'grpc':{'port':1},'terminationGracePeriodSeconds':3}}]}}|spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 3: must not be set for readinessProbes",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','livenessProbe':{'grpc':{'port':1},'terminationGracePeriodSeconds':0}}]}}|spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','lifecycle':{'preStop':{}}}]}}|spec.containers[0].lifecycle.preStop: Required value: must specify a handler type",
                "v1|Pod|{'spec':{'initContainers':[{'name':'n','image':'i','livenessProbe':{'grpc':{'port':1}}}],'containers':[{'name':'c','image':'i'}]}}|spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
                "v1|Pod|{'spec':{'initContainers':[{'name':'n','image':'i','lifecycle':{'preStop':{'exec':{'command':['a']}}}}],'containers':[{'name':'c','image':'i'}]}}|spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{}]}]}}|spec.containers[0].ports[0].containerPort: Required value",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':-1}]}]}}|spec.containers[0].ports[0].containerPort: Invalid value: -1: must be between 1 and 65535, inclusive",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'hostPort':65536}]}]}}|spec.containers[0].ports[0].hostPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'name':'much-too-long-a-name'}]}]}}|spec.containers[0].ports[0].name: Invalid value: \"much-too-long-a-name\": must be no more than 15 characters",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'name':'80'}]}]}}|spec.containers[0].ports[0].name: Invalid value: \"80\": must contain at least one letter (a-z)",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'name':'a--b'}]}]}}|spec.containers[0].ports[0].name: Invalid value: \"a--b\": must not contain consecutive hyphens",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'name':'-a'}]}]}}|spec.containers[0].ports[0].name: Invalid value: \"-a\": must not begin or end with a hyphen",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'name':'a'},{'containerPort':2,'name':'a'}]}]}}|spec.containers[0].ports[1].name: Duplicate value: \"a\"",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'hostPort':5},{'containerPort':2,'hostPort':5}]}]}}|spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//5\"",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'protocol':'ICMP'}]}]}}|spec.containers[0].ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'value':'x'}]}]}}|spec.containers[0].env[0].name: Required value",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'name':'a=b'}]}]}}|spec.containers[0].env[0].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'name':'A','valueFrom':{}}]}]}}|spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'name':'A','value':'x','valueFrom':{'fieldRef':{'fieldPath':'metadata.name'}}}]}]}}|spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'name':'A','valueFrom':{'fieldRef':{'fieldPath':'metadata.name'},'secretKeyRef':{'name':'s','key':'k'}}}]}]}}|spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not have more than one field specified at a time",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'name':'A','valueFrom':{'fieldRef':{'fieldPath':'spec.odd'}}}]}]}}|spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.odd\": error converting fieldPath: field label not supported: spec.odd",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'name':'A','valueFrom':{'fieldRef':{'fieldPath':'status.phase'}}}]}]}}|spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"status.phase\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'name':'A','valueFrom':{'secretKeyRef':{'key':'k'}}}]}]}}|spec.containers[0].env[0].valueFrom.secretKeyRef.name: Required value",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','env':[{'name':'A','valueFrom':{'configMapKeyRef':{'name':'m'}}}]}]}}|spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','envFrom':[{}]}]}}|spec.containers[0].envFrom[0]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','envFrom':[{'secretRef':{}}]}]}}|spec.containers[0].envFrom[0].secretRef.name: Required value",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','imagePullPolicy':'Sometimes'}]}}|spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','terminationMessagePolicy':'Odd'}]}}|spec.containers[0].terminationMessagePolicy: Unsupported value: \"Odd\": supported values: \"FallbackToLogsOnError\", \"File\"",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','resources':{'requests':{'cpu':'x'}}}]}}|spec.containers[0].resources.requests[cpu]: Invalid value: \"x\": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','resources':{'requests':{'cpu':'2'},'limits':{'cpu':'1'}}}]}}|spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','resources':{'requests':{'tea':'2'}}}]}}|spec.containers[0].resources.requests: Invalid value: \"tea\": must be a standard resource type or fully qualified",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i','volumeMounts':[{'name':'v','mountPath':'/a'}]}]}}|spec.containers[0].volumeMounts[0].name: Not found: \"v\"",
                "v1|Pod|{'spec':{'volumes':[{'name':'v','emptyDir':{}}],'containers':[{'name':'c','image':'i','volumeMounts':[{'name':'v','mountPath':'/a'},{'name':'v','mountPath':'/a'}]}]}}|spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/a\": must be unique",
                "v1|Pod|{'spec':{'volumes':[{'name':'v','emptyDir':{}},{'name':'v','emptyDir':{}}],'containers':[{'name':'c','image':'i'}]}}|spec.volumes[1].name: Duplicate value: \"v\"",
                "v1|Pod|{'spec':{'volumes':[{'name':'v','emptyDir':{},'hostPath':{'path':'/a'}}],'containers':[{'name':'c','image':'i'}]}}|spec.volumes[0]: Forbidden: may not specify more than 1 volume type",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i'},{'name':'c','image':'i'}]}}|spec.containers[1].name: Duplicate value: \"c\"",
                "v1|Pod|{'spec':{'containers':[{'name':'c','image':'i'},{'name':'d'}]}}|spec.containers[1].image: Required value",
                "v1|Pod|{'spec':{'restartPolicy':'Odd','containers':[{'name':'c','image':'i'}]}}|spec.restartPolicy: Unsupported value: \"Odd\": supported values: \"Always\", \"OnFailure\", \"Never\"",
                "v1|Pod|{'spec':{'activeDeadlineSeconds':0,'containers':[{'name':'c','image':'i'}]}}|spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
                "v1|Pod|{'spec':{'tolerations':[{'operator':'Exists','value':'v'}],'containers':[{'name':'c','image':'i'}]}}|spec.tolerations[0].operator: Invalid value: \"v\": value must be empty when `operator` is 'Exists'",
                "v1|Service|{'spec':{'ports':[{'port':1,'nodePort':30000}]}}|spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
                "v1|Service|{'spec':{'ports':[{'port':1,'targetPort':'a_b'}]}}|spec.ports[0].targetPort: Invalid value: \"a_b\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                "v1|Service|{'spec':{'ports':[{'port':1,'targetPort':0}]}}|spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
                "v1|Service|{'spec':{'ports':[{'port':1,'name':'a'},{'port':2,'name':'a'}]}}|spec.ports[1].name: Duplicate value: \"a\"",
                "v1|Service|{'spec':{'clusterIP':'None','type':'NodePort','ports':[{'port':1}]}}|spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
                "v1|Service|{'spec':{'externalTrafficPolicy':'Local','ports':[{'port':1}]}}|spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services",
                "v1|Service|{'spec':{'sessionAffinityConfig':{'clientIP':{'timeoutSeconds':1}},'ports':[{'port':1}]}}|spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None",
                "v1|Service|{'spec':{'sessionAffinity':'ClientIP','sessionAffinityConfig':{'clientIP':{'timeoutSeconds':90000}},'ports':[{'port':1}]}}|spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400",
                "apps/v1|Deployment|{'spec':{'selector':{'matchLabels':{'a':'c'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}|spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`",
                "apps/v1|Deployment|{'spec':{'selector':{},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}|spec.selector: Invalid value: {}: empty selector is invalid for deployment",
                "apps/v1|Deployment|{'spec':{'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}|spec.selector: Required value",
                "apps/v1|Deployment|{'spec':{'replicas':-1,'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}|spec.replicas: Invalid value: -1: must be greater than or equal to 0",
                "apps/v1|Deployment|{'spec':{'strategy':{'rollingUpdate':{'maxSurge':0,'maxUnavailable':0}},'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}|spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
                "apps/v1|Deployment|{'spec':{'strategy':{'type':'Recreate','rollingUpdate':{}},'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}|spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
                "batch/v1|CronJob|{'spec':{'schedule':'@sometimes','jobTemplate':{'spec':{'template':{'metadata':{'labels':{'a':'b'}},'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'i'}]}}}}}}|spec.schedule: Invalid value: \"@sometimes\": unrecognized descriptor: @sometimes",
                "batch/v1|CronJob|{'spec':{'schedule':'* * * * *','timeZone':'Nowhere','jobTemplate':{'spec':{'template':{'metadata':{'labels':{'a':'b'}},'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'i'}]}}}}}}|spec.timeZone: Invalid value: \"Nowhere\": unknown time zone Nowhere",
                "v1|ConfigMap|{'data':{'a b':'x'}}|data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
                "v1|ConfigMap|{'data':{'a':'x'},'binaryData':{'a':'eA=='}}|data[a]: Invalid value: \"a\": duplicate of key present in binaryData",
                "v1|ConfigMap|{'metadata':{'name':'x','namespace':'n','labels':{'a':'b c'}}}|metadata.labels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
                "v1|ConfigMap|{'metadata':{'name':'x','namespace':'n','labels':{'/a':'b'}}}|metadata.labels: Invalid value: \"/a\": prefix part must be non-empty",
                "v1|ConfigMap|{'metadata':{'name':'x','namespace':'n','ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'p'}]}}|metadata.ownerReferences[0].uid: Invalid value: \"\": must not be empty",
                "v1|Event|{'involvedObject':{'namespace':'other'}}|involvedObject.namespace: Invalid value: \"other\": does not match event.namespace",
                "coordination.k8s.io/v1|Lease|{'spec':{'leaseDurationSeconds':0}}|spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
                "certificates.k8s.io/v1|CertificateSigningRequest|{'spec':{'request':'eA==','signerName':'a.example.com/b','usages':['any']}}|spec.request: Invalid value: \"eA==\": PEM block type must be CERTIFICATE REQUEST",
                "certificates.k8s.io/v1|CertificateSigningRequest|{'spec':{'signerName':'mine','usages':['any','any']}}|spec.signerName: Invalid value: \"mine\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
                "certificates.k8s.io/v1|CertificateSigningRequest|{'spec':{'signerName':'mine','usages':['any','any']}}|spec.usages[1]: Duplicate value: \"any\"",
                "certificates.k8s.io/v1|CertificateSigningRequest|{'spec':{'signerName':'kubernetes.io/legacy-unknown','usages':['any']}}|spec.signerName: Invalid value: \"kubernetes.io/legacy-unknown\": the legacy signerName is not allowed via this API version",
                "certificates.k8s.io/v1|CertificateSigningRequest|{'spec':{'expirationSeconds':599}}|spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)",
                "networking.k8s.io/v1|IPAddress|{'metadata':{'name':'10.1.2'}}|metadata.name: Invalid value: \"10.1.2\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                "networking.k8s.io/v1|IPAddress|{'metadata':{'name':'2001:db8:0::1'}}|metadata.name: Invalid value: \"2001:db8:0::1\": must be in canonical form (\"2001:db8::1\")",
                "networking.k8s.io/v1|ServiceCIDR|{'spec':{'cidrs':['10.1.2.3/24']}}|spec.cidrs[0]: Invalid value: \"10.1.2.3/24\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
                "v1|ConfigMap|{'metadata':{'namespace':'n'}}|metadata.name: Required value: name or generateName is required"
            })
    void aMistakeIsSaidOfItsField(String apiVersion, String name, String manifest, String message) {
        Kind kind = Objects.requireNonNull(Kinds.standard().byKind(apiVersion, name));
        ObjectNode object = (ObjectNode) Json.parse(manifest.replace('\'', '"'));
        object.put("apiVersion", apiVersion).put("kind", name);
        if (!object.has("metadata")) {
            object.putObject("metadata").put("name", "x").put("namespace", "default");
        }
        kind.defaults(object);
        assertThat(kind.validate(object, null)).extracting(FieldError::sentence).contains(message);
    }
}
