package dev.waybill.gateway.http;

import java.util.function.BooleanSupplier;

/** Whether this instance's image has caught up and its writer, if it has the role, is at work. Thread-safe. */
@FunctionalInterface
public interface GatewayReadiness extends BooleanSupplier {}
