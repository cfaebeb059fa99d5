package dev.adamas.engine;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Byte counts as people write them. */
final class MemorySize {

  private static final Pattern TEXT =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?)\\s*(B|KiB|MiB|GiB|TiB)?");
  private static final String UNITS = "BKMGT";

  private MemorySize() {}

  /** Reads {@code 8GiB}, {@code 1.5 GiB}, {@code 512MiB} or a plain number of bytes. */
  static long parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a number of bytes; write 8GiB, 512MiB or 1073741824");
    }
    String unit = matcher.group(2);
    int power = unit == null ? 0 : UNITS.indexOf(unit.charAt(0));
    BigDecimal bytes =
        new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(1L << (10 * power)));
    if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("'" + text + "' is more than any machine has");
    }
    return bytes.longValue();
  }

  /** Three significant digits or so: {@code 1.25 GiB}. */
  static String text(long bytes) {
    if (bytes < 1024) {
      return bytes + " bytes";
    }
    double value = bytes;
    int power = 0;
    while (value >= 1024 && power < UNITS.length() - 1) {
      value /= 1024;
      power++;
    }
    return String.format(
        Locale.ROOT, value < 10 ? "%.2f %ciB" : "%.1f %ciB", value, UNITS.charAt(power));
  }
}
