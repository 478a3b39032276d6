package dev.waybill.runtime;

/** Handles one event; safe to call again with the same one. */
@FunctionalInterface
public interface EventHandler {
    void handle(ReceivedEvent received) throws Exception;
}
