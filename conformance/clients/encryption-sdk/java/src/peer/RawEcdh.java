package peer;

import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.util.Base64;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.model.CreateRawEcdhKeyringInput;
import software.amazon.cryptography.materialproviders.model.EphemeralPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.materialproviders.model.PublicKeyDiscoveryInput;
import software.amazon.cryptography.materialproviders.model.RawEcdhStaticConfigurations;
import software.amazon.cryptography.materialproviders.model.RawPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.primitives.model.ECDHCurveSpec;

/** Keyrings over keys that two parties agree on. Private keys are PEM, public ones DER. */
final class RawEcdh {
  private RawEcdh() {}

  static IKeyring keyringOf(JsonObject wrapping) {
    return Keyrings.LIBRARY.CreateRawEcdhKeyring(
        CreateRawEcdhKeyringInput.builder()
            .curveSpec(curveOf(wrapping))
            .KeyAgreementScheme(schemeOf(wrapping))
            .build());
  }

  static ECDHCurveSpec curveOf(JsonObject wrapping) {
    return ECDHCurveSpec.valueOf("ECC_NIST_" + Peer.text(wrapping, "curve").replace("-", ""));
  }

  private static RawEcdhStaticConfigurations schemeOf(JsonObject wrapping) {
    var scheme = RawEcdhStaticConfigurations.builder();
    switch (Peer.text(wrapping, "schema")) {
      case "static" ->
          scheme.RawPrivateKeyToStaticPublicKey(
              RawPrivateKeyToStaticPublicKeyInput.builder()
                  .senderStaticPrivateKey(Keyrings.textBytes(wrapping, "privateKey"))
                  .recipientPublicKey(der(wrapping, "peerPublicKey"))
                  .build());
      case "ephemeral" ->
          scheme.EphemeralPrivateKeyToStaticPublicKey(
              EphemeralPrivateKeyToStaticPublicKeyInput.builder()
                  .recipientPublicKey(der(wrapping, "recipientPublicKey"))
                  .build());
      default ->
          scheme.PublicKeyDiscovery(
              PublicKeyDiscoveryInput.builder()
                  .recipientStaticPrivateKey(Keyrings.textBytes(wrapping, "recipientPrivateKey"))
                  .build());
    }
    return scheme.build();
  }

  static ByteBuffer der(JsonObject wrapping, String name) {
    return ByteBuffer.wrap(derOf(Peer.text(wrapping, name)));
  }

  static byte[] derOf(String pem) {
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]*-----", ""));
  }
}
