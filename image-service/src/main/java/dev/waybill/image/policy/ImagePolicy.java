package dev.waybill.image.policy;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Registry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The requirements of the most specific scope that an image is in, all of which it must meet: a reference, a repository,
 * a namespace, a host, {@code *.domain}, the transport's default, the default. Immutable.
 */
public final class ImagePolicy implements Trust {

    private final List<Requirement> byDefault;
    private final Map<String, List<Requirement>> scopes;

    ImagePolicy(List<Requirement> byDefault, Map<String, List<Requirement>> scopes) {
        this.byDefault = List.copyOf(byDefault);
        this.scopes = Map.copyOf(scopes);
    }

    @Override
    public void admit(ImageReference reference) throws ImageRejectedException {
        if (requirements(reference).stream().anyMatch(Requirement.Reject.class::isInstance)) {
            throw new ImageRejectedException("the policy of this node rejects image " + reference, false);
        }
    }

    @Override
    public void check(Registry registry, ImageReference reference, List<Digest> digests) throws IOException {
        for (Requirement requirement : requirements(reference)) {
            switch (requirement) {
                case Requirement.AcceptAnything() -> {}
                case Requirement.Reject() -> admit(reference);
                case Requirement.Signed signed -> CosignSignatures.require(signed, registry, reference, digests);
            }
        }
    }

    List<Requirement> requirements(ImageReference reference) {
        for (String scope : scopesOf(reference)) {
            List<Requirement> found = scopes.get(scope);
            if (found != null) {
                return found;
            }
        }
        return byDefault;
    }

    private static List<String> scopesOf(ImageReference reference) {
        List<String> all = new ArrayList<>();
        all.add(reference.toString());
        String name = reference.name();
        for (int end = name.length(); end > 0; end = name.lastIndexOf('/', end - 1)) {
            all.add(name.substring(0, end));
        }
        String host = reference.host();
        int colon = host.lastIndexOf(':');
        String domain = colon < 0 ? host : host.substring(0, colon);
        for (int dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
            all.add("*" + domain.substring(dot));
        }
        all.add("");
        return all;
    }
}
