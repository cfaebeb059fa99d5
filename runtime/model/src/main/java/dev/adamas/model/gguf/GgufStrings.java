package dev.adamas.model.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** The strings of an array in order, each read when it is asked for. For one thread. */
public final class GgufStrings implements Iterator<String> {
  private final LittleEndianInput in;
  private int left;

  GgufStrings(MemorySegment elements, int count) {
    this.in = new LittleEndianInput(elements);
    this.left = count;
  }

  @Override
  public boolean hasNext() {
    return left > 0;
  }

  /** The next string; what is not UTF-8 in it becomes U+FFFD. */
  @Override
  public String next() {
    return new String(nextBytes(), StandardCharsets.UTF_8);
  }

  /** The bytes of the next string, as the file has them. */
  public byte[] nextBytes() {
    if (left == 0) {
      throw new NoSuchElementException("the array has no more strings");
    }
    left--;
    // The lengths were checked when the file was opened.
    return in.readBytes((int) in.readLong());
  }
}
