package dev.waybill.image.registry.http;

import dev.waybill.image.hosts.RegistryHosts;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.CredentialsProvider;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 to registries on kept connections, through proxies and with each host's own trust. Follows no redirect,
 * retries nothing and keeps no cookie: its callers decide. Thread-safe; calls block their thread.
 */
final class HttpConnections implements AutoCloseable {

    /** Far more than downloads run at once. */
    private static final int MAX_CONNECTIONS = 200;

    private static final Set<String> SAFE = Set.of("GET", "HEAD");

    private static final TimeValue KEEP_IDLE = TimeValue.ofSeconds(30);

    private final CloseableHttpClient client;
    private final RegistryHosts hosts;
    private final PoolingHttpClientConnectionManager connections;
    private final StallGuard guard;
    private final Timeouts timeouts;

    HttpConnections(RegistryHosts hosts, Timeouts timeouts) {
        this.hosts = hosts;
        this.timeouts = timeouts;
        this.guard = new StallGuard(
                timeouts.stall().compareTo(timeouts.answer()) < 0 ? timeouts.stall() : timeouts.answer());
        this.connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(MAX_CONNECTIONS)
                .setMaxConnPerRoute(MAX_CONNECTIONS)
                .setTlsSocketStrategy(new HostTls(hosts))
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(timeouts.connect()))
                        .setSocketTimeout(Timeout.of(timeouts.answer()))
                        .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                        .build())
                .build();
        this.client = HttpClients.custom()
                .setConnectionManager(connections)
                .setRoutePlanner(routes())
                .setUserAgent("waybill")
                .evictIdleConnections(KEEP_IDLE)
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableContentCompression()
                .disableCookieManagement()
                .setDefaultRequestConfig(RequestConfig.custom()
                        // the guard's limits come first; this one ends what the guard can't reach
                        .setResponseTimeout(Timeout.of(timeouts.answer().plus(timeouts.stall())))
                        .build())
                .build();
    }

    /** Sends a request and returns its answer, whatever its status. */
    Answer send(String method, URI uri, Map<String, String> headers, @Nullable String form) throws IOException {
        HttpUriRequestBase request = new HttpUriRequestBase(method, uri);
        headers.forEach(request::setHeader);
        if (form != null) {
            request.setEntity(new StringEntity(form, ContentType.APPLICATION_FORM_URLENCODED));
        }
        try (StallGuard.Watch watch = guard.watch(timeouts.connect().plus(timeouts.answer()), request::cancel)) {
            watch.begin();
            try {
                return new Answer(request, executeOnLiveConnection(uri, request), guard, timeouts.stall());
            } catch (IOException e) {
                throw watch.expired()
                        ? new IOException("no answer for " + timeouts.answer().toMillis() + " ms", e)
                        : e;
            } finally {
                watch.end();
            }
        }
    }

    /** A registry may close a kept connection at any time: that it had done so is no failure of its, but asked anew. */
    private ClassicHttpResponse executeOnLiveConnection(URI uri, HttpUriRequestBase request) throws IOException {
        try {
            return execute(uri, request);
        } catch (NoHttpResponseException e) {
            if (!SAFE.contains(request.getMethod()) || request.isCancelled()) {
                throw e;
            }
            connections.closeIdle(TimeValue.ZERO_MILLISECONDS);
            return execute(uri, request);
        }
    }

    private ClassicHttpResponse execute(URI uri, HttpUriRequestBase request) throws IOException {
        HttpClientContext context = HttpClientContext.create();
        hosts.proxy(uri.getScheme(), uri.getHost(), uri.getPort())
                .ifPresent(proxy -> context.setCredentialsProvider(proxyCredentials(proxy)));
        try {
            return client.executeOpen(RoutingSupport.determineHost(request), request, context);
        } catch (HttpException e) {
            throw new IOException(e);
        } catch (IllegalStateException e) {
            throw new IOException("the connections are closed", e);
        }
    }

    private static CredentialsProvider proxyCredentials(URI proxy) {
        BasicCredentialsProvider provider = new BasicCredentialsProvider();
        String user = proxy.getUserInfo();
        if (user != null) {
            int colon = user.indexOf(':');
            String name = colon < 0 ? user : user.substring(0, colon);
            String password = colon < 0 ? "" : user.substring(colon + 1);
            provider.setCredentials(
                    new AuthScope(proxy.getHost(), portOf(proxy)),
                    new UsernamePasswordCredentials(name, password.toCharArray()));
        }
        return provider;
    }

    private DefaultRoutePlanner routes() {
        return new DefaultRoutePlanner(null) {
            @Override
            protected @Nullable HttpHost determineProxy(HttpHost target, HttpContext context) {
                return hosts.proxy(target.getSchemeName(), target.getHostName(), target.getPort())
                        .map(proxy -> new HttpHost("http", proxy.getHost(), portOf(proxy)))
                        .orElse(null);
            }
        };
    }

    private static int portOf(URI proxy) {
        return proxy.getPort() < 0 ? 80 : proxy.getPort();
    }

    @Override
    public void close() {
        guard.close();
        client.close(CloseMode.IMMEDIATE);
    }
}
