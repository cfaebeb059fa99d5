package dev.adamas.eval;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ModelShape;
import dev.adamas.eval.task.Sample;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Short names for contents: the first 16 hexadecimal digits of a SHA-256. */
final class Fingerprints {

  private Fingerprints() {}

  static String of(byte[] content) {
    MessageDigest digest = digest();
    digest.update(content);
    return text(digest);
  }

  static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Of everything that a sample gives to a model. */
  static String of(Sample sample) {
    MessageDigest digest = digest();
    update(digest, sample.prompt());
    sample.given().forEach(tokens -> update(digest, tokens));
    return text(digest);
  }

  /** Of what a policy does at each layer of a model. */
  static String of(AttentionPolicy policy, ModelShape shape) {
    StringBuilder plans = new StringBuilder();
    for (int layer = 0; layer < shape.layers(); layer++) {
      plans.append(policy.plan(layer, shape)).append('\n');
    }
    return of(plans.toString());
  }

  private static void update(MessageDigest digest, int[] tokens) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tokens.length + 4);
    bytes.putInt(tokens.length);
    bytes.asIntBuffer().put(tokens);
    digest.update(bytes.array());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  private static String text(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }
}
