package dev.waybill.standalone;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@code waybill up} was asked for.
 *
 * @param data the one directory that everything is kept in
 * @param nodes how many nodes this machine plays
 * @param fsync whether the broker writes each record to the disk before it answers
 * @param once whether to end after a rehearsal instead of running on
 * @param publishers systems with a request topic of their own
 */
public record StandaloneOptions(
        Path data, int nodes, Ports ports, boolean fsync, boolean once, List<String> publishers) {

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException naming the option that is wrong
     */
    public static StandaloneOptions parse(List<String> arguments) {
        Path data = Path.of("/var/lib/waybill");
        int nodes = 1;
        Ports ports = Ports.USUAL;
        boolean fsync = false;
        boolean once = false;
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            switch (option) {
                case "--data" -> data = Path.of(value(arguments, ++i, option)).toAbsolutePath();
                case "--nodes" -> nodes = number(arguments, ++i, option, 1, 32);
                case "--port-base" -> ports = Ports.from(number(arguments, ++i, option, 1_024, 65_000));
                case "--fsync" -> fsync = true;
                case "--once" -> once = true;
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        return new StandaloneOptions(data, nodes, ports, fsync, once, List.of("local"));
    }

    /** The name of a node, from 1. */
    public String nodeName(int index) {
        return Machine.nodeName(index);
    }

    private static String value(List<String> arguments, int index, String option) {
        if (index >= arguments.size()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return arguments.get(index);
    }

    private static int number(List<String> arguments, int index, String option, int least, int most) {
        String text = value(arguments, index, option);
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                option + " must be a whole number from " + least + " to " + most + ", not " + text);
    }
}
