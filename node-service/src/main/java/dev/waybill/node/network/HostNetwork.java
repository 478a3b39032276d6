package dev.waybill.node.network;

import dev.waybill.node.kernel.KernelException;
import dev.waybill.node.oci.Command;
import dev.waybill.node.oci.CommandFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * What a node's network sets for the whole machine: the one rule by which its pods reach the world under the machine's
 * address, and what CNI plugins never take back, IP forwarding and the chains that host ports hang on. It is noted before
 * the first pod and put back after the last one, unless somebody else's rules use it. Thread-safe.
 */
public final class HostNetwork {
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final String CHAIN = "CNI-HOSTPORT-";
    private static final List<String> CHAINS = List.of(CHAIN + "DNAT", CHAIN + "MASQ", CHAIN + "SETMARK");

    /** With the longest name of a bridge still shorter than the 28 characters that iptables takes. */
    private static final String OWN_CHAIN = "WAYBILL-";

    private static final int ATTEMPTS = 20;
    private static final int ATTEMPTS_TO_LIST = 3;
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final String WAS_OFF = "ip_forward was 0";
    private static final String NO_CHAINS = "no port chains";
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|\\S+");

    private final Path note;
    private final String chain;
    private final String subnet;
    private boolean prepared;

    /** Notes how the machine is in a file, unless an earlier start did. */
    public HostNetwork(Path note, String bridge, String subnet) {
        this.note = note;
        this.chain = OWN_CHAIN + bridge;
        this.subnet = subnet;
        try {
            if (!Files.exists(note)) {
                Files.createDirectories(note.getParent());
                // Before the rules are looked at: a node sets its rule before anything of it turns this on.
                String forwarding = Files.readString(FORWARDING).strip();
                List<String> rules = natRules();
                boolean wasOff = rules.stream().anyMatch(rule -> rule.contains(WAS_OFF));
                boolean foreign = chains(rules) && rules.stream().noneMatch(rule -> rule.contains(NO_CHAINS));
                Files.writeString(note, (wasOff ? "0" : forwarding) + " " + foreign);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot note the host's network settings in " + note, e);
        }
    }

    /** Sets the rule, once: what leaves the subnet and is no multicast gets the machine's address. */
    public synchronized void prepare() {
        if (prepared) {
            return;
        }
        try {
            String comment = comment();
            String jump = "-s " + subnet + (comment.isEmpty() ? "" : " -m comment --comment \"" + comment + "\"")
                    + " -j " + chain;
            settle(() -> {
                boolean there = natRules().contains("-A POSTROUTING " + jump);
                // A chain that is declared is emptied first, so this may be repeated.
                Command.feed(List.of("iptables-restore", "--wait", "--noflush"), """
                        *nat
                        :%s - [0:0]
                        -A %s -d %s -j RETURN
                        -A %s ! -d 224.0.0.0/4 -j MASQUERADE
                        %sCOMMIT
                        """.formatted(
                                chain, chain, subnet, chain, there ? "" : "-A POSTROUTING " + jump + "\n"));
            });
            prepared = true;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + note, e);
        }
    }

    /** What was not there before: for nodes that come to this machine later, whose own look would find it. */
    private String comment() throws IOException {
        String[] before = Files.readString(note).strip().split(" ", -1);
        List<String> words = new ArrayList<>();
        if (before[0].equals("0")) {
            words.add(WAS_OFF);
        }
        if (before[1].equals("false")) {
            words.add(NO_CHAINS);
        }
        return String.join(", ", words);
    }

    private void removeRule() {
        List<String> rules = natRules();
        rules.stream()
                .filter(rule -> rule.startsWith("-A POSTROUTING ") && rule.endsWith(" -j " + chain))
                .forEach(rule -> nat(words(rule.replaceFirst("-A", "-D"))));
        if (rules.contains("-N " + chain)) {
            nat(List.of("-F", chain));
            nat(List.of("-X", chain));
        }
        prepared = false;
    }

    /** Puts back what was different, and forgets the note. */
    public synchronized void restore() {
        try {
            settle(this::removeRule);
            String[] before = Files.readString(note).strip().split(" ", -1);
            if (before[1].equals("false")) {
                settle(HostNetwork::removeChains);
            }
            boolean bridged =
                    natRules().stream().anyMatch(rule -> rule.contains("-j CNI-") || rule.contains("-j " + OWN_CHAIN));
            if (before[0].equals("0") && !bridged) {
                Files.writeString(FORWARDING, "0");
            }
            Files.delete(note);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot restore the host's network settings", e);
        }
    }

    private static boolean chains(List<String> rules) {
        return rules.stream().anyMatch(rule -> rule.startsWith("-N " + CHAIN));
    }

    private static void removeChains() {
        List<String> rules = natRules();
        if (!chains(rules) || rules.stream().anyMatch(rule -> rule.startsWith("-A " + CHAIN + "DNAT"))) {
            return;
        }
        for (String rule : rules) {
            if (rule.startsWith("-A ") && !rule.startsWith("-A CNI-") && rule.contains("-j " + CHAIN)) {
                nat(words(rule.replaceFirst("-A", "-D")));
            }
        }
        List<String> there =
                CHAINS.stream().filter(chain -> rules.contains("-N " + chain)).toList();
        there.forEach(chain -> nat(List.of("-F", chain)));
        there.forEach(chain -> nat(List.of("-X", chain)));
    }

    /**
     * Changes rules by what they are now, and anew where others changed them meanwhile: between listing and deleting,
     * iptables' lock is free for another node of this machine and for its plugins.
     */
    private static void settle(Runnable change) {
        for (int attempt = 1; ; attempt++) {
            try {
                change.run();
                return;
            } catch (CommandFailedException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(PAUSE.toNanos()));
            }
        }
    }

    /** The words of a rule as iptables prints it: in quotes where they have spaces. */
    static List<String> words(String rule) {
        return WORD.matcher(rule)
                .results()
                .map(word -> word.group(1) == null ? word.group() : word.group(1))
                .toList();
    }

    private static List<String> natRules() {
        for (int attempt = 1; ; attempt++) {
            try {
                return nat(List.of("-S")).lines().toList();
            } catch (CommandFailedException e) {
                if (e.getCause() instanceof KernelException || attempt == ATTEMPTS_TO_LIST) {
                    // Without iptables no plugin can have set a rule.
                    return List.of();
                }
            }
        }
    }

    private static String nat(List<String> words) {
        List<String> command = new ArrayList<>(List.of("iptables", "--wait", "-t", "nat"));
        command.addAll(words);
        return Command.run(command);
    }
}
