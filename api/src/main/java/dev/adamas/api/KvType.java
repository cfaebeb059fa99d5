package dev.adamas.api;

/** Number format of cached keys and values, little-endian. */
public enum KvType {
  /** IEEE 754 binary16. */
  F16(2),
  /** bfloat16. */
  BF16(2),
  /** IEEE 754 binary32. */
  F32(4);

  private final int bytes;

  KvType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }
}
