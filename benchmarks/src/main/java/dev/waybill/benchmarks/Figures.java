package dev.waybill.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/** A list of measurements and its usual summary. Not thread-safe. */
final class Figures {
    private final String unit;
    private double[] values = new double[64];
    private int count;

    Figures(String unit) {
        this.unit = unit;
    }

    void add(double value) {
        if (count == values.length) {
            values = Arrays.copyOf(values, count * 2);
        }
        values[count++] = value;
    }

    void addAll(Figures others) {
        for (int i = 0; i < others.count; i++) {
            add(others.values[i]);
        }
    }

    double quantile(double q) {
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return count == 0 ? Double.NaN : sorted[(int) Math.min(count - 1, Math.floor(q * count))];
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "p50 %.1f %s, p90 %.1f, p99 %.1f, min %.1f, max %.1f, n=%d",
                quantile(0.5),
                unit,
                quantile(0.9),
                quantile(0.99),
                quantile(0),
                quantile(1),
                count);
    }
}
