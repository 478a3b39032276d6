package dev.waybill.node.pod;

/** When a container's own action is carried out: right after its start, or before it is told to end. */
public enum Hook {
    POST_START("PostStart"),
    PRE_STOP("PreStop");

    private final String text;

    Hook(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
