package dev.waybill.scheduler;

import dev.waybill.runtime.TraceContext;
import dev.waybill.scheduler.cluster.ObjectView;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Objects for tests, from text with single quotes; the uid is the name. */
public final class Objects {
    private Objects() {}

    public static ObjectView object(String resource, String name, long revision, String json) {
        JsonNode tree = JsonMapper.shared().readTree(json.replace('\'', '"'));
        return new ObjectView(resource, "default", name, name, revision, 1, tree, TraceContext.NONE);
    }

    /** What a request asks for. */
    public static JsonNode manifest(dev.waybill.events.DesiredStateRequest request) {
        return JsonMapper.shared().readTree(request.getManifest());
    }
}
