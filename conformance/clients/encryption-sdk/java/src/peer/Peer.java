package peer;

import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The AWS Encryption SDK for Java: answers each line of JSON on its input by one. */
public final class Peer {
  private static final Map<String, Source> SOURCES =
      Map.of("keyrings", new Keyrings(), "master key providers", new Providers());

  /** A way of the SDK to name wrapping keys. */
  interface Source {
    byte[] encrypt(AwsCrypto crypto, JsonObject request, byte[] plaintext);

    Opened decrypt(AwsCrypto crypto, JsonObject request, byte[] message);
  }

  record Opened(byte[] plaintext, Map<String, String> context) {}

  public static void main(String[] args) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      var request = JsonParser.parseString(line).getAsJsonObject();
      var reply = new JsonObject();
      reply.add("id", request.get("id"));
      try {
        reply.add("answer", answer(request));
      } catch (Exception error) {
        reply.addProperty("fault", error.toString());
      }
      output.println(reply);
    }
  }

  private static JsonElement answer(JsonObject request) {
    return switch (request.get("operation").getAsString()) {
      case "encrypt" -> encrypt(request);
      case "decrypt" -> decrypt(request);
      case "createBranchKey" -> Keyrings.createBranchKey(request);
      case "versionBranchKey" -> Keyrings.versionBranchKey(request);
      default -> throw new IllegalArgumentException("there is no such operation");
    };
  }

  private static JsonObject encrypt(JsonObject request) {
    var message = sourceOf(request).encrypt(cryptoOf(request), request, bytes(request, "plaintext"));
    var answer = new JsonObject();
    answer.addProperty("message", Base64.getEncoder().encodeToString(message));
    return answer;
  }

  private static JsonObject decrypt(JsonObject request) {
    var opened = sourceOf(request).decrypt(cryptoOf(request), request, bytes(request, "message"));
    var context = new LinkedHashMap<>(opened.context());
    context.putAll(pairs(request, "reproducedContext"));
    var answer = new JsonObject();
    answer.addProperty("plaintext", Base64.getEncoder().encodeToString(opened.plaintext()));
    answer.add("context", new Gson().toJsonTree(context));
    return answer;
  }

  private static Source sourceOf(JsonObject request) {
    return SOURCES.get(request.get("api").getAsString());
  }

  private static AwsCrypto cryptoOf(JsonObject request) {
    var policy = CommitmentPolicy.valueOf(policyName(request.get("policy").getAsString()));
    var builder = AwsCrypto.builder().withCommitmentPolicy(policy);
    if (request.has("suiteId")) {
      builder.withEncryptionAlgorithm(suiteOf(request.get("suiteId").getAsInt()));
      builder.withEncryptionFrameSize(request.get("frameLength").getAsInt());
    }
    if (request.has("maxEncryptedDataKeys"))
      builder.withMaxEncryptedDataKeys(request.get("maxEncryptedDataKeys").getAsInt());
    return builder.build();
  }

  /** The enumeration spells the policies with an initial capital letter each. */
  private static String policyName(String name) {
    return Arrays.stream(name.split("_"))
        .map(word -> word.charAt(0) + word.substring(1).toLowerCase())
        .collect(Collectors.joining());
  }

  private static CryptoAlgorithm suiteOf(int id) {
    return Arrays.stream(CryptoAlgorithm.values())
        .filter(algorithm -> Short.toUnsignedInt(algorithm.getValue()) == id)
        .findFirst()
        .orElseThrow();
  }

  static byte[] bytes(JsonObject from, String name) {
    return Base64.getDecoder().decode(from.get(name).getAsString());
  }

  static String text(JsonObject from, String name) {
    return from.get(name).getAsString();
  }

  static Map<String, String> pairs(JsonObject from, String name) {
    var pairs = new LinkedHashMap<String, String>();
    if (from.has(name))
      from.getAsJsonObject(name)
          .entrySet()
          .forEach(pair -> pairs.put(pair.getKey(), pair.getValue().getAsString()));
    return pairs;
  }

  static List<String> texts(JsonObject from, String name) {
    return from.getAsJsonArray(name).asList().stream().map(JsonElement::getAsString).toList();
  }
}
