package dev.waybill.image.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A reverse proxy on loopback in front of a real registry, which breaks what it is told to. Thread-safe. */
public final class FaultyProxy implements AutoCloseable {

    private final ServerSocket server;
    private final String upstream;
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger bodies = new AtomicInteger();
    private final AtomicInteger mostBodies = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** A request that came. */
    public record Seen(String method, String path, Map<String, String> headers) {
        public String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /** What goes wrong with an answer. */
    public sealed interface Fault {
        /** Another answer than the registry's. */
        record Status(int code, Map<String, String> headers) implements Fault {}

        /** The connection ends after so many bytes of the body, with a reset or an orderly end. */
        record CutAfter(long bytes, boolean reset) implements Fault {}

        /** One byte of the body is another. */
        record Flip(long at) implements Fault {}

        /** Nothing comes after so many bytes of the body; -1 for not even the head. */
        record StallAfter(long bytes) implements Fault {}

        /** A byte at a time. */
        record Trickle(long millis) implements Fault {}

        /** So many bytes a second. */
        record Slow(int bytesPerSecond) implements Fault {}

        /** The head says so many bytes more than there are. */
        record WrongLength(long more) implements Fault {}

        /** The registry is not told of ranges. */
        record NoRanges() implements Fault {}
    }

    private record Rule(Predicate<Seen> which, AtomicInteger times, Fault fault) {}

    private FaultyProxy(String upstream) throws IOException {
        this.upstream = upstream;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    public static FaultyProxy before(String upstream) throws IOException {
        return new FaultyProxy(upstream);
    }

    /** The next so many requests like this one suffer. */
    public FaultyProxy next(int times, Predicate<Seen> which, Fault fault) {
        rules.add(new Rule(which, new AtomicInteger(times), fault));
        return this;
    }

    public FaultyProxy always(Predicate<Seen> which, Fault fault) {
        return next(Integer.MAX_VALUE, which, fault);
    }

    public void heal() {
        rules.clear();
    }

    public static Predicate<Seen> blobs() {
        return request -> request.path().contains("/blobs/");
    }

    public static Predicate<Seen> blob(String digest) {
        return request -> request.path().contains(digest);
    }

    public static Predicate<Seen> manifests() {
        return request -> request.path().contains("/manifests/");
    }

    public String host() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    public List<Seen> seen() {
        return seen;
    }

    public List<Seen> seen(Predicate<Seen> which) {
        return seen.stream().filter(which).toList();
    }

    public int openConnections() {
        return open.size();
    }

    /** The most bodies that were on their way at once. */
    public int mostBodies() {
        return mostBodies.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                client.setTcpNoDelay(true);
                open.add(client);
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            while (exchange(client)) {
                // the connection is kept
            }
        } catch (IOException e) {
            // either side went away
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private boolean exchange(Socket client) throws IOException, InterruptedException {
        List<String> head = head(client.getInputStream());
        if (head.isEmpty()) {
            return false;
        }
        String[] first = head.getFirst().split(" ", -1);
        Map<String, String> headers = new LinkedHashMap<>();
        head.stream().skip(1).forEach(line -> {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        });
        Seen request = new Seen(first[0], first[1], headers);
        seen.add(request);
        return answer(client, request, faultFor(request));
    }

    private Fault faultFor(Seen request) {
        for (Rule rule : rules) {
            if (rule.which.test(request) && rule.times.getAndUpdate(n -> Math.max(n - 1, 0)) > 0) {
                return rule.fault;
            }
        }
        return null;
    }

    private boolean answer(Socket client, Seen request, Fault fault) throws IOException, InterruptedException {
        OutputStream out = client.getOutputStream();
        if (fault instanceof Fault.Status(int code, Map<String, String> headers)) {
            StringBuilder text = new StringBuilder("HTTP/1.1 " + code + " x\r\nContent-Length: 0\r\n");
            headers.forEach((name, value) ->
                    text.append(name).append(": ").append(value).append("\r\n"));
            out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            return true;
        }
        if (fault instanceof Fault.StallAfter(long bytes) && bytes < 0) {
            awaitEnd(client);
            return false;
        }
        String[] address = upstream.split(":", -1);
        try (Socket server = new Socket(address[0], Integer.parseInt(address[1]))) {
            StringBuilder text = new StringBuilder(request.method + " " + request.path + " HTTP/1.1\r\nHost: "
                    + upstream + "\r\nConnection: close\r\n");
            request.headers.forEach((name, value) -> {
                boolean dropped = name.equals("range") && fault instanceof Fault.NoRanges;
                if (!name.equals("host") && !name.equals("connection") && !dropped) {
                    text.append(name).append(": ").append(value).append("\r\n");
                }
            });
            server.getOutputStream().write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            return relay(client, request, fault, server.getInputStream(), out);
        }
    }

    private boolean relay(Socket client, Seen request, Fault fault, InputStream in, OutputStream out)
            throws IOException, InterruptedException {
        List<String> head = head(in);
        long length = request.method.equals("HEAD") ? 0 : -1;
        StringBuilder text = new StringBuilder();
        for (String line : head) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("connection:")) {
                continue;
            }
            if (lower.startsWith("content-length:") && !request.method.equals("HEAD")) {
                length = Long.parseLong(line.substring(line.indexOf(':') + 1).strip());
                long said = length + (fault instanceof Fault.WrongLength(long more) ? more : 0);
                text.append("Content-Length: ").append(said).append("\r\n");
            } else {
                text.append(line).append("\r\n");
            }
        }
        out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        mostBodies.accumulateAndGet(bodies.incrementAndGet(), Math::max);
        try {
            body(client, fault, in, out, length);
        } finally {
            bodies.decrementAndGet();
        }
        boolean faulty = fault != null && !(fault instanceof Fault.NoRanges);
        return length >= 0 && !faulty;
    }

    private static void body(Socket client, Fault fault, InputStream in, OutputStream out, long length)
            throws IOException, InterruptedException {
        byte[] buffer = new byte[fault instanceof Fault.Trickle ? 1 : 16 << 10];
        long limit = length < 0 ? Long.MAX_VALUE : length;
        long done = 0;
        while (done < limit) {
            long wanted = Math.min(buffer.length, limit - done);
            if (fault instanceof Fault.CutAfter(long bytes, boolean reset)) {
                if (done >= bytes) {
                    client.setSoLinger(reset, 0);
                    return;
                }
                wanted = Math.min(wanted, bytes - done);
            } else if (fault instanceof Fault.StallAfter(long bytes)) {
                if (done >= bytes) {
                    awaitEnd(client);
                    return;
                }
                wanted = Math.min(wanted, bytes - done);
            } else if (fault instanceof Fault.Trickle(long millis)) {
                TimeUnit.MILLISECONDS.sleep(millis);
            } else if (fault instanceof Fault.Slow(int rate)) {
                wanted = Math.min(wanted, Math.max(1, rate / 50));
                TimeUnit.MILLISECONDS.sleep(20);
            }
            int count = in.read(buffer, 0, (int) wanted);
            if (count < 0) {
                return;
            }
            if (fault instanceof Fault.Flip(long at) && at >= done && at < done + count) {
                buffer[(int) (at - done)] ^= 1;
            }
            out.write(buffer, 0, count);
            done += count;
        }
    }

    private static void awaitEnd(Socket client) throws IOException {
        var _ = client.getInputStream().read();
    }

    private static List<String> head(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int last4 = 0;
        while (last4 != 0x0d0a0d0a) {
            int b = in.read();
            if (b < 0) {
                return List.of();
            }
            bytes.write(b);
            last4 = last4 << 8 | b;
        }
        return bytes.toString(StandardCharsets.ISO_8859_1).strip().lines().toList();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
        threads.close();
    }
}
