package peer;

import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CryptoMaterialsManager;
import com.amazonaws.encryptionsdk.DefaultCryptoMaterialsManager;
import com.amazonaws.encryptionsdk.MasterKeyProvider;
import com.amazonaws.encryptionsdk.caching.CachingCryptoMaterialsManager;
import com.amazonaws.encryptionsdk.caching.LocalCryptoMaterialsCache;
import com.amazonaws.encryptionsdk.jce.JceMasterKey;
import com.amazonaws.encryptionsdk.kms.DiscoveryFilter;
import com.amazonaws.encryptionsdk.kmssdkv2.AwsKmsMrkAwareMasterKeyProvider;
import com.amazonaws.encryptionsdk.kmssdkv2.KmsMasterKeyProvider;
import com.amazonaws.encryptionsdk.multi.MultipleProviderFactory;
import com.google.gson.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.regions.Region;

/** Wrapping keys as master key providers, which the SDK had before there were keyrings. */
final class Providers implements Peer.Source {
  private static final Map<String, CryptoMaterialsManager> CACHED = new HashMap<>();

  @Override
  public byte[] encrypt(AwsCrypto crypto, JsonObject request, byte[] plaintext) {
    var context = Peer.pairs(request, "context");
    return crypto.encryptData(managerOf(request), plaintext, context).getResult();
  }

  @Override
  public Peer.Opened decrypt(AwsCrypto crypto, JsonObject request, byte[] message) {
    var result = crypto.decryptData(managerOf(request), message);
    return new Peer.Opened(result.getResult(), result.getEncryptionContext());
  }

  private static CryptoMaterialsManager managerOf(JsonObject request) {
    var provider = providerOf(request.getAsJsonObject("wrapping"));
    if (!request.has("cachedAs")) return new DefaultCryptoMaterialsManager(provider);
    return CACHED.computeIfAbsent(
        Peer.text(request, "cachedAs"),
        name ->
            CachingCryptoMaterialsManager.newBuilder()
                .withMasterKeyProvider(provider)
                .withCache(new LocalCryptoMaterialsCache(10))
                .withMaxAge(60, TimeUnit.SECONDS)
                .build());
  }

  private static MasterKeyProvider<?> providerOf(JsonObject wrapping) {
    return switch (Peer.text(wrapping, "kind")) {
      case "kms" -> kms(wrapping).buildStrict(keysOf(wrapping));
      case "kms-discovery" -> kms(wrapping).buildDiscovery(filterOf(wrapping));
      case "kms-multi-region" -> multiRegion(wrapping).buildStrict(keysOf(wrapping));
      case "kms-multi-region-discovery" ->
          multiRegion(wrapping)
              .discoveryMrkRegion(Region.of(Peer.text(wrapping, "region")))
              .buildDiscovery(filterOf(wrapping));
      case "raw-aes" -> rawAes(wrapping);
      case "raw-rsa" -> rawRsa(wrapping);
      case "multi" -> multi(wrapping);
      default -> throw new IllegalArgumentException("there is no such provider");
    };
  }

  private static KmsMasterKeyProvider.Builder kms(JsonObject wrapping) {
    return KmsMasterKeyProvider.builder()
        .defaultRegion(Region.of(Peer.text(wrapping, "region")))
        .customRegionalClientSupplier(Service::kmsIn);
  }

  private static AwsKmsMrkAwareMasterKeyProvider.Builder multiRegion(JsonObject wrapping) {
    return AwsKmsMrkAwareMasterKeyProvider.builder()
        .defaultRegion(Region.of(Peer.text(wrapping, "region")))
        .customRegionalClientSupplier(Service::kmsIn);
  }

  private static List<String> keysOf(JsonObject wrapping) {
    var keys = new ArrayList<String>();
    keys.add(Peer.text(wrapping, "generator"));
    keys.addAll(Peer.texts(wrapping, "keys"));
    return keys;
  }

  private static DiscoveryFilter filterOf(JsonObject wrapping) {
    return new DiscoveryFilter(
        Peer.text(wrapping, "partition"), Peer.texts(wrapping, "accounts"));
  }

  private static JceMasterKey rawAes(JsonObject wrapping) {
    return JceMasterKey.getInstance(
        new SecretKeySpec(Peer.bytes(wrapping, "key"), "AES"),
        Peer.text(wrapping, "namespace"),
        Peer.text(wrapping, "name"),
        "AES/GCM/NoPadding");
  }

  private static JceMasterKey rawRsa(JsonObject wrapping) {
    try {
      var keys = KeyFactory.getInstance("RSA");
      return JceMasterKey.getInstance(
          keys.generatePublic(
              new X509EncodedKeySpec(RawEcdh.derOf(Peer.text(wrapping, "publicKey")))),
          keys.generatePrivate(
              new PKCS8EncodedKeySpec(RawEcdh.derOf(Peer.text(wrapping, "privateKey")))),
          Peer.text(wrapping, "namespace"),
          Peer.text(wrapping, "name"),
          transformationOf(Peer.text(wrapping, "padding")));
    } catch (GeneralSecurityException error) {
      throw new IllegalArgumentException(error);
    }
  }

  private static String transformationOf(String padding) {
    return switch (padding) {
      case "PKCS1" -> "RSA/ECB/PKCS1Padding";
      case "OAEP_SHA1" -> "RSA/ECB/OAEPWithSHA-1AndMGF1Padding";
      case "OAEP_SHA256" -> "RSA/ECB/OAEPWithSHA-256AndMGF1Padding";
      case "OAEP_SHA384" -> "RSA/ECB/OAEPWithSHA-384AndMGF1Padding";
      case "OAEP_SHA512" -> "RSA/ECB/OAEPWithSHA-512AndMGF1Padding";
      default -> throw new IllegalArgumentException("there is no such padding");
    };
  }

  private static MasterKeyProvider<?> multi(JsonObject wrapping) {
    var providers = new ArrayList<MasterKeyProvider<?>>();
    providers.add(providerOf(wrapping.getAsJsonObject("generator")));
    for (var child : wrapping.getAsJsonArray("children"))
      providers.add(providerOf(child.getAsJsonObject()));
    return MultipleProviderFactory.buildMultiProvider(providers);
  }
}
