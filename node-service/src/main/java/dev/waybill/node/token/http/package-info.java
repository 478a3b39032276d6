/** Tokens by TokenRequest from the gateway. */
@org.jspecify.annotations.NullMarked
package dev.waybill.node.token.http;
