package dev.adamas.eval;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a run's prompts: every {@code count}-th one.
 *
 * @param index from 0
 * @param count at least 1
 */
public record Shard(int index, int count) {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  /** Refuses an index that is not below the count. */
  public Shard {
    if (index < 0 || index >= count) {
      throw new IllegalArgumentException(
          "There is no shard %d of %d; the first is 0/%d."
              .formatted(index, count, Math.max(1, count)));
    }
  }

  /** All prompts. */
  public static Shard whole() {
    return new Shard(0, 1);
  }

  /**
   * Reads {@code 0/4}.
   *
   * @throws IllegalArgumentException where the text is no shard
   */
  public static Shard parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no shard; write 0/4 for the first of four.".formatted(text));
    }
    return new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** Whether a prompt belongs to this shard. */
  boolean has(int prompt) {
    return prompt % count == index;
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    return index + "/" + count;
  }
}
