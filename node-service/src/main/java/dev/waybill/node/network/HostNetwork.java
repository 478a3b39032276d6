package dev.waybill.node.network;

import dev.waybill.node.oci.Command;
import dev.waybill.node.oci.CommandFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What CNI plugins set for the whole machine and never take back: IP forwarding, and the chains that host ports hang on.
 * It is noted before the first pod and put back after the last one, unless somebody else's rules use it. Used by one
 * thread.
 */
public final class HostNetwork {
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final String CHAIN = "CNI-HOSTPORT-";
    private static final List<String> CHAINS = List.of(CHAIN + "DNAT", CHAIN + "MASQ", CHAIN + "SETMARK");

    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|\\S+");

    private final Path note;

    /** Notes how the machine is in a file, unless an earlier start did. */
    public HostNetwork(Path note) {
        this.note = note;
        try {
            if (!Files.exists(note)) {
                Files.createDirectories(note.getParent());
                Files.writeString(note, Files.readString(FORWARDING).strip() + " " + chains(natRules()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot note the host's network settings in " + note, e);
        }
    }

    /** Puts back what was different, and forgets the note. */
    public void restore() {
        try {
            String[] before = Files.readString(note).strip().split(" ", -1);
            List<String> rules = natRules();
            boolean free = rules.stream().noneMatch(rule -> rule.startsWith("-A " + CHAIN + "DNAT"));
            if (before[1].equals("false") && chains(rules) && free) {
                removeChains(rules);
            }
            boolean bridged = natRules().stream().anyMatch(rule -> rule.contains("-j CNI-"));
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

    private static void removeChains(List<String> rules) {
        for (String rule : rules) {
            if (rule.startsWith("-A ") && !rule.startsWith("-A CNI-") && rule.contains("-j " + CHAIN)) {
                nat(words(rule.replaceFirst("-A", "-D")));
            }
        }
        CHAINS.forEach(chain -> nat(List.of("-F", chain)));
        CHAINS.forEach(chain -> nat(List.of("-X", chain)));
    }

    /** The words of a rule as iptables prints it: in quotes where they have spaces. */
    static List<String> words(String rule) {
        return WORD.matcher(rule)
                .results()
                .map(word -> word.group(1) == null ? word.group() : word.group(1))
                .toList();
    }

    private static List<String> natRules() {
        try {
            return nat(List.of("-S")).lines().toList();
        } catch (CommandFailedException e) {
            // Without iptables no plugin can have set a rule.
            return List.of();
        }
    }

    private static String nat(List<String> words) {
        List<String> command = new ArrayList<>(List.of("iptables", "--wait", "-t", "nat"));
        command.addAll(words);
        return Command.run(command);
    }
}
