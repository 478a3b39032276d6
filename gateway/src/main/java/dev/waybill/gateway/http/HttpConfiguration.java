package dev.waybill.gateway.http;

import dev.waybill.events.objects.SecretCipher;
import dev.waybill.gateway.auth.Authenticator;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.kinds.Kinds;
import dev.waybill.gateway.state.Authorizer;
import dev.waybill.gateway.state.kafka.RequestClient;
import dev.waybill.gateway.state.kafka.ResourceTail;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.servlet.ConfigurableServletWebServerFactory;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** The gateway's HTTPS server with its one servlet. */
@Configuration(proxyBeanMethods = false)
public class HttpConfiguration {

    @Bean
    ClusterCertificates clusterCertificates(Environment environment) {
        return ClusterCertificates.ensure(dataDirectory(environment).resolve("pki"));
    }

    @Bean
    SecretCipher secretCipher(Environment environment, ClusterCertificates certificates) throws IOException {
        String keyFile = environment.getProperty("waybill.secrets.key-file", "");
        return SecretCipher.fromKeyFile(
                keyFile.isEmpty() ? certificates.key("ca").resolveSibling("secrets.key") : Path.of(keyFile));
    }

    @Bean
    WebServerFactoryCustomizer<ConfigurableServletWebServerFactory> tls(ClusterCertificates certificates) {
        return factory -> {
            Ssl ssl = new Ssl();
            ssl.setCertificate(certificates.certificate("server").toUri().toString());
            ssl.setCertificatePrivateKey(certificates.key("server").toUri().toString());
            ssl.setTrustCertificate(certificates.certificate("ca").toUri().toString());
            ssl.setClientAuth(Ssl.ClientAuth.WANT);
            factory.setSsl(ssl);
        };
    }

    @Bean
    ServletRegistrationBean<ApiServlet> api(
            Environment environment,
            ResourceTail tail,
            RequestClient requests,
            Authorizer authorizer,
            SecretCipher cipher,
            ClusterCertificates certificates,
            GatewayReadiness readiness) {
        SecretSealing secrets = new SecretSealing(cipher);
        ObjectWriter writer = new ObjectWriter(secrets);
        Reads reads = new Reads(tail, writer);
        ApiServlet servlet = new ApiServlet(
                Kinds.standard(),
                new Authenticator(),
                authorizer,
                tail,
                readiness,
                "127.0.0.1:" + environment.getProperty("server.port", "6443"),
                new ApiServlet.Handlers(
                        reads,
                        new Writes(requests, writer, secrets, reads),
                        new Watches(tail, writer, reads),
                        new PodLogs(certificates)));
        ServletRegistrationBean<ApiServlet> registration = new ServletRegistrationBean<>(servlet, "/*");
        registration.setLoadOnStartup(1);
        return registration;
    }

    static Path dataDirectory(Environment environment) {
        return Path.of(environment.getProperty("waybill.data-dir", "/var/lib/waybill"));
    }
}
