/** Role-based access control as Kubernetes defines it: rules, who holds them, and who may hand them on. Pure. */
@NullMarked
package dev.waybill.gateway.rbac;

import org.jspecify.annotations.NullMarked;
