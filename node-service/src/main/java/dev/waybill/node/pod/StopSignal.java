package dev.waybill.node.pod;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The signal that asks a container to end: the pod's word, else its image's, else SIGTERM. Immutable.
 *
 * @param name as Kubernetes writes it: SIGQUIT, SIGRTMIN+3
 * @param number Linux' on x86 and ARM (signal(7))
 */
public record StopSignal(String name, int number) {
    public static final StopSignal TERM = new StopSignal("SIGTERM", PodStateMachine.SIGTERM);

    /** From 1 on. */
    private static final List<String> NAMES =
            List.of(("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP"
                            + " TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS")
                    .split(" ", -1));

    /** The C library keeps 32 and 33 for itself (nptl(7)). */
    private static final int RTMIN = 34;

    private static final int RTMAX = 64;
    private static final Pattern REAL_TIME = Pattern.compile("RTM(IN|AX)(?:([+-])(\\d{1,2}))?");

    /** A name with or without SIG in any case, or a number (OCI image-spec, config.md); empty when it is neither. */
    public static Optional<StopSignal> parse(String text) {
        String word = text.strip().toUpperCase(Locale.ROOT);
        if (word.matches("\\d{1,3}")) {
            return of(Integer.parseInt(word));
        }
        String name = word.startsWith("SIG") ? word.substring(3) : word;
        Matcher realTime = REAL_TIME.matcher(name);
        if (realTime.matches()) {
            return realTime(realTime);
        }
        return of(
                switch (name) {
                    case "IOT" -> NAMES.indexOf("ABRT") + 1;
                    case "CLD" -> NAMES.indexOf("CHLD") + 1;
                    case "POLL" -> NAMES.indexOf("IO") + 1;
                    default -> NAMES.indexOf(name) + 1;
                });
    }

    private static Optional<StopSignal> realTime(Matcher name) {
        boolean fromLeast = name.group(1).equals("IN");
        String sign = name.group(2);
        if (sign == null) {
            return of(fromLeast ? RTMIN : RTMAX);
        }
        int distance = Integer.parseInt(name.group(3));
        return fromLeast == sign.equals("+") && distance <= RTMAX - RTMIN
                ? of(fromLeast ? RTMIN + distance : RTMAX - distance)
                : Optional.empty();
    }

    private static Optional<StopSignal> of(int number) {
        if (number >= 1 && number <= NAMES.size()) {
            return Optional.of(new StopSignal("SIG" + NAMES.get(number - 1), number));
        }
        if (number < RTMIN || number > RTMAX) {
            return Optional.empty();
        }
        int fromLeast = number - RTMIN;
        int fromMost = RTMAX - number;
        // Kubernetes' names: up to 15 above the least, the rest below the most.
        String name = fromLeast <= 15
                ? "SIGRTMIN" + (fromLeast == 0 ? "" : "+" + fromLeast)
                : "SIGRTMAX" + (fromMost == 0 ? "" : "-" + fromMost);
        return Optional.of(new StopSignal(name, number));
    }

    /** What ends a container that is started of an image. */
    static StopSignal of(ContainerSpec container, ImageFacts image) {
        return parse(container.lifecycle().stopSignal())
                .or(() -> parse(image.stopSignal()))
                .orElse(TERM);
    }
}
