package dev.waybill.gateway.http.protobuf;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.WireFormat;
import dev.waybill.gateway.kinds.Json;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body in Kubernetes' envelope: four magic bytes, then a runtime.Unknown with the type and the object
 * (k8s.io/apimachinery/pkg/runtime/serializer/protobuf). Stateless; generated classes are loaded with the first body.
 */
public final class ProtobufBody {
    public static final String MEDIA_TYPE = "application/vnd.kubernetes.protobuf";

    private static final byte[] MAGIC = {'k', '8', 's', 0};

    private ProtobufBody() {}

    /** The object as JSON. */
    public static ObjectNode decode(byte[] body) throws MalformedBodyException {
        if (body.length < MAGIC.length || !Arrays.equals(body, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new MalformedBodyException("the body does not begin with k8s\\0");
        }
        try {
            Envelope envelope =
                    Envelope.read(CodedInputStream.newInstance(body, MAGIC.length, body.length - MAGIC.length));
            Descriptor type = type(envelope.apiVersion, envelope.kind);
            ObjectNode object = Json.object();
            object.put("apiVersion", envelope.apiVersion).put("kind", envelope.kind);
            object.setAll(MessageReader.read(type, envelope.raw));
            return object;
        } catch (IOException e) {
            throw new MalformedBodyException(String.valueOf(e.getMessage()));
        }
    }

    /** runtime.Unknown: the type (1) with apiVersion (1) and kind (2), and the object's bytes (2). */
    private record Envelope(String apiVersion, String kind, CodedInputStream raw) {
        static Envelope read(CodedInputStream in) throws IOException {
            String apiVersion = "";
            String kind = "";
            CodedInputStream raw = CodedInputStream.newInstance(new byte[0]);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case 1 -> {
                        CodedInputStream type = CodedInputStream.newInstance(in.readByteArray());
                        for (int inner = type.readTag(); inner != 0; inner = type.readTag()) {
                            switch (WireFormat.getTagFieldNumber(inner)) {
                                case 1 -> apiVersion = type.readString();
                                case 2 -> kind = type.readString();
                                default -> type.skipField(inner);
                            }
                        }
                    }
                    case 2 -> raw = CodedInputStream.newInstance(in.readByteArray());
                    default -> in.skipField(tag);
                }
            }
            return new Envelope(apiVersion, kind, raw);
        }
    }

    private static Descriptor type(String apiVersion, String kind) throws MalformedBodyException {
        @Nullable Descriptor type = Messages.of(apiVersion, kind);
        if (type == null) {
            throw new MalformedBodyException("no kind \"" + kind + "\" is known in version \"" + apiVersion + "\"");
        }
        return type;
    }
}
