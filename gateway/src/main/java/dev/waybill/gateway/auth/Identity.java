package dev.waybill.gateway.auth;

import java.util.Set;

/** Who is calling. Immutable. */
public record Identity(String user, Set<String> groups) {}
