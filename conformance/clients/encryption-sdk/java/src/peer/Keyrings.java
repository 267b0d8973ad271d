package peer;

import com.amazonaws.encryptionsdk.AwsCrypto;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import software.amazon.cryptography.keystore.model.CreateKeyInput;
import software.amazon.cryptography.keystore.model.VersionKeyInput;
import software.amazon.cryptography.materialproviders.ICryptographicMaterialsManager;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.AesWrappingAlg;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsDiscoveryKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsHierarchicalKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMrkDiscoveryKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMrkKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateDefaultCryptographicMaterialsManagerInput;
import software.amazon.cryptography.materialproviders.model.CreateMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawAesKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawRsaKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRequiredEncryptionContextCMMInput;
import software.amazon.cryptography.materialproviders.model.DiscoveryFilter;
import software.amazon.cryptography.materialproviders.model.MaterialProvidersConfig;
import software.amazon.cryptography.materialproviders.model.PaddingScheme;

/** Wrapping keys as keyrings of the material providers library. */
final class Keyrings implements Peer.Source {
  static final MaterialProviders LIBRARY =
      MaterialProviders.builder()
          .MaterialProvidersConfig(MaterialProvidersConfig.builder().build())
          .build();
  private static final Map<JsonObject, IKeyring> KNOWN = new HashMap<>();

  @Override
  public byte[] encrypt(AwsCrypto crypto, JsonObject request, byte[] plaintext) {
    var context = Peer.pairs(request, "context");
    return crypto.encryptData(managerOf(request), plaintext, context).getResult();
  }

  @Override
  public Peer.Opened decrypt(AwsCrypto crypto, JsonObject request, byte[] message) {
    var reproduced = Peer.pairs(request, "reproducedContext");
    var result = crypto.decryptData(managerOf(request), message, reproduced);
    return new Peer.Opened(result.getResult(), result.getEncryptionContext());
  }

  /** The default manager, or the one that keeps pairs out of the message. */
  private static ICryptographicMaterialsManager managerOf(JsonObject request) {
    var keyring = KNOWN.computeIfAbsent(request.getAsJsonObject("wrapping"), Keyrings::keyringOf);
    var input = CreateDefaultCryptographicMaterialsManagerInput.builder().keyring(keyring).build();
    var manager = LIBRARY.CreateDefaultCryptographicMaterialsManager(input);
    if (!request.has("requiredKeys")) return manager;
    return LIBRARY.CreateRequiredEncryptionContextCMM(
        CreateRequiredEncryptionContextCMMInput.builder()
            .underlyingCMM(manager)
            .requiredEncryptionContextKeys(Peer.texts(request, "requiredKeys"))
            .build());
  }

  private static IKeyring keyringOf(JsonObject wrapping) {
    return switch (Peer.text(wrapping, "kind")) {
      case "kms" -> kms(wrapping);
      case "kms-discovery" -> kmsDiscovery(wrapping);
      case "kms-multi-region" -> kmsMultiRegion(wrapping);
      case "kms-multi-region-discovery" -> kmsMultiRegionDiscovery(wrapping);
      case "kms-rsa" -> KmsPairs.rsa(wrapping);
      case "kms-ecdh" -> KmsPairs.ecdh(wrapping);
      case "raw-aes" -> rawAes(wrapping);
      case "raw-rsa" -> rawRsa(wrapping);
      case "raw-ecdh" -> RawEcdh.keyringOf(wrapping);
      case "hierarchical" -> hierarchical(wrapping);
      case "multi" -> multi(wrapping);
      default -> throw new IllegalArgumentException("there is no such keyring");
    };
  }

  private static IKeyring kms(JsonObject wrapping) {
    return LIBRARY.CreateAwsKmsMultiKeyring(
        CreateAwsKmsMultiKeyringInput.builder()
            .generator(Peer.text(wrapping, "generator"))
            .kmsKeyIds(Peer.texts(wrapping, "keys"))
            .clientSupplier(input -> Service.kmsIn(input.region()))
            .build());
  }

  private static IKeyring kmsDiscovery(JsonObject wrapping) {
    return LIBRARY.CreateAwsKmsDiscoveryKeyring(
        CreateAwsKmsDiscoveryKeyringInput.builder()
            .kmsClient(Service.kmsIn(Peer.text(wrapping, "region")))
            .discoveryFilter(filterOf(wrapping))
            .build());
  }

  private static IKeyring kmsMultiRegion(JsonObject wrapping) {
    return LIBRARY.CreateAwsKmsMrkKeyring(
        CreateAwsKmsMrkKeyringInput.builder()
            .kmsKeyId(Peer.text(wrapping, "generator"))
            .kmsClient(Service.kmsIn(Peer.text(wrapping, "region")))
            .build());
  }

  private static IKeyring kmsMultiRegionDiscovery(JsonObject wrapping) {
    var region = Peer.text(wrapping, "region");
    return LIBRARY.CreateAwsKmsMrkDiscoveryKeyring(
        CreateAwsKmsMrkDiscoveryKeyringInput.builder()
            .kmsClient(Service.kmsIn(region))
            .region(region)
            .discoveryFilter(filterOf(wrapping))
            .build());
  }

  private static DiscoveryFilter filterOf(JsonObject wrapping) {
    return DiscoveryFilter.builder()
        .partition(Peer.text(wrapping, "partition"))
        .accountIds(Peer.texts(wrapping, "accounts"))
        .build();
  }

  private static IKeyring rawAes(JsonObject wrapping) {
    var key = Peer.bytes(wrapping, "key");
    return LIBRARY.CreateRawAesKeyring(
        CreateRawAesKeyringInput.builder()
            .keyNamespace(Peer.text(wrapping, "namespace"))
            .keyName(Peer.text(wrapping, "name"))
            .wrappingKey(ByteBuffer.wrap(key))
            .wrappingAlg(AesWrappingAlg.valueOf("ALG_AES" + key.length * 8 + "_GCM_IV12_TAG16"))
            .build());
  }

  private static IKeyring rawRsa(JsonObject wrapping) {
    var padding = Peer.text(wrapping, "padding");
    return LIBRARY.CreateRawRsaKeyring(
        CreateRawRsaKeyringInput.builder()
            .keyNamespace(Peer.text(wrapping, "namespace"))
            .keyName(Peer.text(wrapping, "name"))
            .paddingScheme(
                PaddingScheme.valueOf(padding.equals("PKCS1") ? padding : padding + "_MGF1"))
            .publicKey(textBytes(wrapping, "publicKey"))
            .privateKey(textBytes(wrapping, "privateKey"))
            .build());
  }

  static ByteBuffer textBytes(JsonObject from, String name) {
    return StandardCharsets.UTF_8.encode(Peer.text(from, name));
  }

  private static IKeyring hierarchical(JsonObject wrapping) {
    return LIBRARY.CreateAwsKmsHierarchicalKeyring(
        CreateAwsKmsHierarchicalKeyringInput.builder()
            .branchKeyId(Peer.text(wrapping, "branchKeyId"))
            .keyStore(KeyStores.of(wrapping.getAsJsonObject("store")))
            .ttlSeconds(60)
            .build());
  }

  private static IKeyring multi(JsonObject wrapping) {
    return LIBRARY.CreateMultiKeyring(
        CreateMultiKeyringInput.builder()
            .generator(keyringOf(wrapping.getAsJsonObject("generator")))
            .childKeyrings(
                wrapping.getAsJsonArray("children").asList().stream()
                    .map(child -> keyringOf(child.getAsJsonObject()))
                    .toList())
            .build());
  }

  static JsonElement createBranchKey(JsonObject request) {
    var input = CreateKeyInput.builder();
    if (request.has("branchKeyId")) input.branchKeyIdentifier(Peer.text(request, "branchKeyId"));
    if (request.has("context")) input.encryptionContext(Peer.pairs(request, "context"));
    var made = KeyStores.of(request.getAsJsonObject("store")).CreateKey(input.build());
    var answer = new JsonObject();
    answer.addProperty("branchKeyId", made.branchKeyIdentifier());
    return answer;
  }

  static JsonElement versionBranchKey(JsonObject request) {
    var id = Peer.text(request, "branchKeyId");
    KeyStores.of(request.getAsJsonObject("store"))
        .VersionKey(VersionKeyInput.builder().branchKeyIdentifier(id).build());
    return new JsonObject();
  }
}
