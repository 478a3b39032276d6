package dev.waybill.runtime;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** What a service sets for the binding of one function: {@code waybill.bindings.<function>.<setting>}. Stateless. */
final class BindingSettings {
    private BindingSettings() {}

    /** A duration that is set; empty when it is not. */
    static Optional<Duration> duration(Environment environment, String function, String setting) {
        // Without capitals, so that every way of writing the name in a file or in the environment matches.
        String property = "waybill.bindings." + function.toLowerCase(Locale.ROOT) + "." + setting;
        return Optional.ofNullable(
                Binder.get(environment).bind(property, Duration.class).orElse(null));
    }
}
