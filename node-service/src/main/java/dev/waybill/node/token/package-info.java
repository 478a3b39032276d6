/** Tokens of ServiceAccounts for the pods of this node: when one is asked for, and kept. */
@org.jspecify.annotations.NullMarked
package dev.waybill.node.token;
