/** Who is calling: certificates, tokens, and the credentials of a new cluster. */
@NullMarked
package dev.waybill.gateway.auth;

import org.jspecify.annotations.NullMarked;
