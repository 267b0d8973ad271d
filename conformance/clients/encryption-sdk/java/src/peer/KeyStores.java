package peer;

import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.Map;
import software.amazon.cryptography.keystore.KeyStore;
import software.amazon.cryptography.keystore.model.KMSConfiguration;
import software.amazon.cryptography.keystore.model.KeyStoreConfig;

/** Key stores of branch keys, over the table that the tests share. */
final class KeyStores {
  private static final Map<JsonObject, KeyStore> KNOWN = new HashMap<>();

  private KeyStores() {}

  static KeyStore of(JsonObject store) {
    return KNOWN.computeIfAbsent(store, KeyStores::open);
  }

  private static KeyStore open(JsonObject store) {
    var arn = Peer.text(store, "kmsKeyArn");
    return KeyStore.builder()
        .KeyStoreConfig(
            KeyStoreConfig.builder()
                .ddbClient(Service.dynamoDbOf(store))
                .ddbTableName(Peer.text(store, "table"))
                .logicalKeyStoreName(Peer.text(store, "logicalName"))
                .kmsClient(Service.kmsIn(Peer.text(store, "region")))
                .kmsConfiguration(KMSConfiguration.builder().kmsKeyArn(arn).build())
                .build())
        .build();
  }
}
