/**
 * One unary call by gRPC: {@code grpc.health.v1.Health/Check} over HTTP/2 in the clear, of which there is here as much as
 * that takes. The JDK's client cannot begin in HTTP/2 without TLS, and a gRPC library would cost every node megabytes.
 */
@org.jspecify.annotations.NullMarked
package dev.waybill.node.grpc;
