package peer;

import com.google.gson.JsonObject;
import software.amazon.awssdk.services.kms.model.EncryptionAlgorithmSpec;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsEcdhKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsRsaKeyringInput;
import software.amazon.cryptography.materialproviders.model.KmsEcdhStaticConfigurations;
import software.amazon.cryptography.materialproviders.model.KmsPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.materialproviders.model.KmsPublicKeyDiscoveryInput;

/** Keyrings over key pairs of the service: RSA, and keys that two parties agree on. */
final class KmsPairs {
  private KmsPairs() {}

  static IKeyring rsa(JsonObject wrapping) {
    var algorithm = "RSAES_" + Peer.text(wrapping, "padding").replace("SHA", "SHA_");
    return Keyrings.LIBRARY.CreateAwsKmsRsaKeyring(
        CreateAwsKmsRsaKeyringInput.builder()
            .kmsKeyId(Peer.text(wrapping, "keyArn"))
            .publicKey(Keyrings.textBytes(wrapping, "publicKey"))
            .encryptionAlgorithm(EncryptionAlgorithmSpec.fromValue(algorithm))
            .kmsClient(Service.kmsIn(Peer.text(wrapping, "region")))
            .build());
  }

  static IKeyring ecdh(JsonObject wrapping) {
    return Keyrings.LIBRARY.CreateAwsKmsEcdhKeyring(
        CreateAwsKmsEcdhKeyringInput.builder()
            .KeyAgreementScheme(schemeOf(wrapping))
            .curveSpec(RawEcdh.curveOf(wrapping))
            .kmsClient(Service.kmsIn(Peer.text(wrapping, "region")))
            .build());
  }

  private static KmsEcdhStaticConfigurations schemeOf(JsonObject wrapping) {
    var scheme = KmsEcdhStaticConfigurations.builder();
    var keyArn = Peer.text(wrapping, "keyArn");
    if (Peer.text(wrapping, "schema").equals("static"))
      scheme.KmsPrivateKeyToStaticPublicKey(
          KmsPrivateKeyToStaticPublicKeyInput.builder()
              .senderKmsIdentifier(keyArn)
              .senderPublicKey(RawEcdh.der(wrapping, "publicKey"))
              .recipientPublicKey(RawEcdh.der(wrapping, "peerPublicKey"))
              .build());
    else
      scheme.KmsPublicKeyDiscovery(
          KmsPublicKeyDiscoveryInput.builder().recipientKmsIdentifier(keyArn).build());
    return scheme.build();
  }
}
