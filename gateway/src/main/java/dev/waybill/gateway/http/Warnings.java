package dev.waybill.gateway.http;

import jakarta.servlet.http.HttpServletResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The {@code Warning} headers of an answer, which kubectl prints: each text once, and no more than fits, since their
 * number is the caller's (as k8s.io/apiserver/pkg/endpoints/filters/warning.go, in a little less room). Stateless.
 */
final class Warnings {
    /** Decoder and writer may each have as much, and Tomcat has 8 KB for all headers of an answer. */
    private static final int MAX_CHARACTERS = 3_500;

    /** What a header has around its text. */
    private static final int AROUND = 24;

    /** Of one, when all of them are too many. */
    private static final int SHORT = 256;

    private Warnings() {}

    /** Adds what a decoder or the writer has to say. */
    static void add(HttpServletResponse response, List<String> texts) {
        bounded(texts).forEach(text -> response.addHeader("Warning", "299 - \"" + quoted(text) + "\""));
    }

    static Set<String> bounded(List<String> texts) {
        Set<String> all = new LinkedHashSet<>(texts);
        if (all.stream().mapToInt(text -> text.length() + AROUND).sum() <= MAX_CHARACTERS) {
            return all;
        }
        Set<String> some = new LinkedHashSet<>();
        int characters = 0;
        for (String text : all) {
            String cut = text.substring(
                    0, text.offsetByCodePoints(0, Math.min(SHORT, text.codePointCount(0, text.length()))));
            characters += cut.length() + AROUND;
            if (characters > MAX_CHARACTERS) {
                break;
            }
            some.add(cut);
        }
        return some;
    }

    private static String quoted(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " ");
    }
}
