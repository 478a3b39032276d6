package dev.waybill.gateway.http;

import dev.waybill.events.objects.NodeKey;
import dev.waybill.events.objects.SecretCipher;
import dev.waybill.gateway.auth.AccountTokens;
import dev.waybill.gateway.auth.Authenticator;
import dev.waybill.gateway.auth.BearerTokens;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.auth.NodeCredentials;
import dev.waybill.gateway.auth.SigningKey;
import dev.waybill.gateway.auth.StaticTokens;
import dev.waybill.gateway.conversion.http.ConversionClient;
import dev.waybill.gateway.conversion.http.ConversionLimits;
import dev.waybill.gateway.examination.Examinations;
import dev.waybill.gateway.http.stream.Tunnels;
import dev.waybill.gateway.metrics.UsageBook;
import dev.waybill.gateway.state.kafka.RequestClient;
import dev.waybill.gateway.state.kafka.ResourceTail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.apache.catalina.core.StandardHost;
import org.apache.tomcat.websocket.server.WsSci;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.servlet.ConfigurableServletWebServerFactory;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/** The gateway's HTTPS server with its one servlet. */
@Configuration(proxyBeanMethods = false)
public class HttpConfiguration {
    private static final Duration HEAD_LIMIT = Duration.ofSeconds(20);
    private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(1);

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

    /** A Status for what does not reach the API, and no answer beside it. */
    @Bean
    WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> statusReports() {
        return factory -> factory.addContextCustomizers(context -> {
            if (context.getParent() instanceof StandardHost host) {
                host.setErrorReportValveClass(StatusReports.class.getName());
            }
        });
    }

    /** What lets requests become WebSockets; nothing listens for them otherwise. */
    @Bean
    WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> webSockets() {
        return factory ->
                factory.addContextCustomizers(context -> context.addServletContainerInitializer(new WsSci(), Set.of()));
    }

    /** Parameters are the query's: a body is read by whom it is for. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> unreadBodies() {
        return factory -> factory.addConnectorCustomizers(connector -> connector.setParseBodyMethods(""));
    }

    /** Tomcat's protocol with a limit on the time that a request's head takes. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> boundedHeads(Environment environment) {
        Duration limit = environment.getProperty("waybill.gateway.request-head-limit", Duration.class, HEAD_LIMIT);
        return factory -> {
            factory.setProtocol(BoundedHeadProtocol.class.getName());
            factory.addConnectorCustomizers(connector -> {
                if (connector.getProtocolHandler() instanceof BoundedHeadProtocol protocol) {
                    protocol.limitHeads(limit);
                }
            });
        };
    }

    @Bean
    SecretSealing secretSealing(SecretCipher cipher) {
        return new SecretSealing(cipher);
    }

    @Bean
    ConversionClient conversionClient(ResourceTail tail, Environment environment) {
        ConversionLimits usual = ConversionLimits.USUAL;
        String settings = "waybill.gateway.conversion.";
        return new ConversionClient(
                tail::image,
                new ConversionLimits(
                        environment.getProperty(settings + "timeout", Duration.class, usual.time()),
                        (int) size(environment, settings + "call-size", usual.callChars()),
                        size(environment, settings + "answer-size", usual.answerBytes()),
                        environment.getProperty(settings + "calls-of-one", Integer.class, usual.callsOfOne()),
                        environment.getProperty(settings + "calls", Integer.class, usual.calls())));
    }

    private static long size(Environment environment, String setting, long usual) {
        return environment
                .getProperty(setting, DataSize.class, DataSize.ofBytes(usual))
                .toBytes();
    }

    @Bean
    Conversions conversions(ResourceTail tail, ConversionClient client, Examinations examinations) {
        return new Conversions(tail::image, client, examinations);
    }

    @Bean
    Reads reads(ResourceTail tail, SecretSealing secrets, Conversions conversions) {
        return new Reads(tail, new ObjectWriter(secrets), conversions);
    }

    @Bean
    Watches watches(ResourceTail tail, SecretSealing secrets, Reads reads, Conversions conversions) {
        return new Watches(tail, new ObjectWriter(secrets), reads, conversions);
    }

    @Bean
    Tunnels tunnels() {
        return new Tunnels();
    }

    /** Before the web server waits for its requests to end. */
    @Bean
    SmartLifecycle watchesEnd(Watches watches, Tunnels tunnels) {
        return new SmartLifecycle() {
            private volatile boolean running;

            @Override
            public void start() {
                running = true;
            }

            @Override
            public void stop() {
                running = false;
                watches.endAll();
                tunnels.endAll();
            }

            @Override
            public boolean isRunning() {
                return running;
            }
        };
    }

    @Bean
    AccountTokens accountTokens(Environment environment, ResourceTail tail, ClusterCertificates certificates) {
        return new AccountTokens(
                SigningKey.ensure(dataDirectory(environment).resolve("pki")),
                environment.getProperty("waybill.tokens.issuer", "https://kubernetes.default.svc"),
                tail::image,
                Clock.systemUTC());
    }

    @Bean
    Upkeep tokenSecrets(
            ResourceTail tail,
            RequestClient requests,
            GatewayReadiness readiness,
            AccountTokens tokens,
            SecretSealing sealing,
            ClusterCertificates certificates)
            throws IOException {
        return new Upkeep(
                "token-secrets",
                TokenSecrets.SECRETS,
                tail,
                readiness,
                new TokenSecrets(requests, tokens, sealing, Files.readString(certificates.certificate("ca"))));
    }

    @Bean
    Upkeep certificateSigning(
            ResourceTail tail, RequestClient requests, GatewayReadiness readiness, ClusterCertificates certificates) {
        return new Upkeep(
                "certificate-signing",
                CertificateSigning.REQUESTS,
                tail,
                readiness,
                new CertificateSigning(requests, certificates.authority(), Clock.systemUTC()));
    }

    @Bean
    BearerTokens bearerTokens(Environment environment, AccountTokens accounts, ClusterCertificates certificates)
            throws IOException {
        String file = environment.getProperty("waybill.tokens.file", "");
        return new BearerTokens(
                file.isEmpty() ? StaticTokens.NONE : StaticTokens.of(Path.of(file)),
                accounts,
                new NodeCredentials(NodeKey.ensure(certificates.key("nodes")), Clock.systemUTC()));
    }

    @Bean
    ServletRegistrationBean<ApiServlet> api(
            Environment environment,
            ResourceTail tail,
            ApiServlet.Handlers handlers,
            BearerTokens bearers,
            AccountTokens accounts,
            GatewayReadiness readiness) {
        ApiServlet servlet = new ApiServlet(
                new Gatekeeper(new Authenticator(bearers), tail),
                tail,
                readiness,
                new Documents(tail, accounts, "127.0.0.1:" + environment.getProperty("server.port", "6443")),
                handlers,
                environment.getProperty("waybill.gateway.request-timeout", Duration.class, REQUEST_TIMEOUT));
        ServletRegistrationBean<ApiServlet> registration = new ServletRegistrationBean<>(servlet, "/*");
        registration.setLoadOnStartup(1);
        return registration;
    }

    @Bean
    ApiServlet.Handlers handlers(
            ResourceTail tail,
            SecretSealing secrets,
            Reads reads,
            Watches watches,
            RequestClient requests,
            ClusterCertificates certificates,
            Tunnels tunnels,
            BearerTokens bearers,
            AccountTokens accounts,
            UsageBook usage,
            Conversions conversions) {
        return new ApiServlet.Handlers(
                reads,
                new Writes(requests, new ObjectWriter(secrets), secrets, reads, conversions),
                watches,
                new PodLogs(certificates),
                new PodStreams(certificates, tunnels),
                new Proxies(certificates, tunnels),
                new Reviews(tail, bearers, accounts),
                new TokenRequests(accounts, reads),
                new MetricsReads(tail, usage));
    }

    static Path dataDirectory(Environment environment) {
        return Path.of(environment.getProperty("waybill.data-dir", "/var/lib/waybill"));
    }
}
