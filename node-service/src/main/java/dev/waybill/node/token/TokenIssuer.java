package dev.waybill.node.token;

/** Who gives tokens to this node. */
@FunctionalInterface
public interface TokenIssuer {
    /**
     * A new token, bound to the pod.
     *
     * @throws dev.waybill.node.pod.ContainerConfigException saying why there is none
     */
    AccountToken issue(TokenWish wish);
}
