package dev.waybill.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestReaderTest {

    private static final Platform AMD64 = Platform.ofJavaArch("amd64");
    private static final String DIGEST = "sha256:" + "1".repeat(64);

    @Test
    void anIndexGivesTheEntryOfThePlatform() throws Exception {
        String index = "{'schemaVersion':2,'mediaType':'" + ManifestReader.OCI_INDEX + "','manifests':["
                + entry("arm64", "2") + "," + entry("amd64", "1") + "," + entry("unknown", "3") + "]}";
        assertThat(read(index, ""))
                .isEqualTo(new ManifestReader.Manifest.Index(
                        new Descriptor(ManifestReader.OCI_MANIFEST, Digest.parse("", DIGEST), 7)));
    }

    @Test
    void anIndexWithoutThePlatformSaysWhatThereIs() {
        String index = "{'schemaVersion':2,'manifests':[" + entry("arm64", "2") + "," + entry("s390x", "1") + "]}";
        assertThatThrownBy(() -> read(index, ManifestReader.DOCKER_INDEX))
                .isInstanceOf(UnsupportedImageException.class)
                .hasMessageContaining("linux/amd64")
                .hasMessageContaining("linux/arm64, linux/s390x");
    }

    @Test
    void layersKeepTheirOrder() throws Exception {
        String manifest = manifest("application/vnd.oci.image.layer.v1.tar+gzip");
        assertThat(read(manifest, ""))
                .isInstanceOfSatisfying(
                        ManifestReader.Manifest.Image.class,
                        image -> assertThat(image.manifest().layers()).hasSize(1));
    }

    @ParameterizedTest
    @CsvSource({
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted, encrypted",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip, foreign",
        "application/vnd.oci.image.layer.nondistributable.v1.tar, foreign",
        "application/wasm, not a layer",
    })
    void otherLayersAreRefusedWithTheReason(String type, String reason) {
        assertThatThrownBy(() -> read(manifest(type), ""))
                .hasMessageContaining("layers[0].mediaType")
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'schemaVersion':1}                                   | schemaVersion 1
            []                                                    | not a JSON object
            {                                                     | not JSON
            {'schemaVersion':2}                                   | media type
            {'schemaVersion':2,'layers':[],'config':{}}           | config.digest
            {'schemaVersion':2,'layers':{},'config':{'digest':'sha256:x'}} | config.digest
            """)
    void nonsenseNamesTheField(String body, String reason) {
        assertThatThrownBy(() -> read(body, "application/json"))
                .isInstanceOf(UnsupportedImageException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void anArmCoreTakesTheNewestVariantThatItRuns() throws Exception {
        String index = "{'schemaVersion':2,'mediaType':'" + ManifestReader.DOCKER_INDEX + "','manifests':["
                + variant("v5", "5") + "," + variant("v7", "7") + "," + variant("v6", "6") + "]}";
        assertThat(chosen(index, "aarch64")).isEqualTo("7");
        assertThat(chosen(index, "arm")).isEqualTo("7");
        assertThatThrownBy(() -> chosen(index, "amd64")).hasMessageContaining("linux/arm/v5, linux/arm/v7");
    }

    private static String chosen(String index, String osArch) throws Exception {
        ManifestReader.Manifest manifest = ManifestReader.read(bytes(index), "", Platform.ofJavaArch(osArch));
        return ((ManifestReader.Manifest.Index) manifest)
                .chosen()
                .digest()
                .hex()
                .substring(0, 1);
    }

    private static String variant(String variant, String digit) {
        return entry("arm", digit).replace("'arm'", "'arm','variant':'" + variant + "'");
    }

    @Test
    void anArtifactIsNoImage() {
        String config = "'config':{'mediaType':'application/vnd.cncf.helm.config.v1+json','digest':'" + DIGEST
                + "','size':1},'layers':[]";
        assertThatThrownBy(() -> read("{'schemaVersion':2," + config + "}", ""))
                .hasMessageContaining("config.mediaType \"application/vnd.cncf.helm.config.v1+json\"")
                .hasMessageContaining("an artifact");
    }

    @Test
    void aConfigurationMustFitTheNodeAndTheManifest() throws Exception {
        byte[] body = bytes("{'os':'linux','architecture':'arm64','rootfs':{'diff_ids':['" + DIGEST + "']}}");
        assertThatThrownBy(() -> ImageConfig.read(body, 1, AMD64)).hasMessageContaining("architecture is arm64");
        assertThatThrownBy(() -> ImageConfig.read(body, 2, Platform.ofJavaArch("aarch64")))
                .hasMessageContaining("diff_ids has 1");
        assertThat(ImageConfig.read(body, 1, Platform.ofJavaArch("aarch64")).diffIds())
                .hasSize(1);
    }

    private static String entry(String architecture, String digit) {
        return "{'mediaType':'" + ManifestReader.OCI_MANIFEST + "','digest':'sha256:" + digit.repeat(64)
                + "','size':7,'platform':{'os':'linux','architecture':'" + architecture + "'}}";
    }

    private static String manifest(String layerType) {
        return "{'schemaVersion':2,'config':{'digest':'" + DIGEST + "','size':1},'layers':[{'mediaType':'" + layerType
                + "','digest':'" + DIGEST + "','size':1}]}";
    }

    private static ManifestReader.Manifest read(String json, String contentType) throws Exception {
        return ManifestReader.read(bytes(json), contentType, AMD64);
    }

    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
