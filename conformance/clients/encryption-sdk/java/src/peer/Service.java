package peer;

import com.google.gson.JsonObject;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.kms.KmsClient;

/** Clients of the service under test, one for each Region; credentials come from the environment. */
final class Service {
  private static final URI ENDPOINT = URI.create(System.getenv("AWS_ENDPOINT_URL_KMS"));
  private static final Map<Region, KmsClient> CLIENTS = new ConcurrentHashMap<>();

  private Service() {}

  static KmsClient kmsIn(String region) {
    return kmsIn(Region.of(region));
  }

  static KmsClient kmsIn(Region region) {
    return CLIENTS.computeIfAbsent(
        region, name -> KmsClient.builder().region(name).endpointOverride(ENDPOINT).build());
  }

  static DynamoDbClient dynamoDbOf(JsonObject store) {
    return DynamoDbClient.builder()
        .region(Region.of(Peer.text(store, "region")))
        .endpointOverride(URI.create(Peer.text(store, "endpoint")))
        .build();
  }
}
