/** Kubernetes' protobuf encoding of request bodies. */
@NullMarked
package dev.waybill.gateway.http.protobuf;

import org.jspecify.annotations.NullMarked;
