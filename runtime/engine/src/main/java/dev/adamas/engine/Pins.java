package dev.adamas.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which plugin jars may be loaded, by the SHA-256 of their bytes.
 *
 * @param on whether anything is refused; the lists are empty where it is off
 * @param anyFile digests that are allowed under every name
 * @param byFile file name to the digest that is allowed under it
 */
public record Pins(boolean on, Set<String> anyFile, Map<String, String> byFile) {

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  /** Copies; refuses what is no SHA-256 in hexadecimal. */
  public Pins {
    TreeSet<String> digests = new TreeSet<>();
    anyFile.forEach(digest -> digests.add(checked(digest)));
    TreeMap<String, String> files = new TreeMap<>();
    byFile.forEach((file, digest) -> files.put(file, checked(digest)));
    anyFile = Set.copyOf(digests);
    byFile = Map.copyOf(files);
  }

  /** Every jar may be loaded. */
  public static Pins off() {
    return new Pins(false, Set.of(), Map.of());
  }

  /** Jars with one of these digests may be loaded, whatever their name; none where empty. */
  public static Pins of(Collection<String> digests) {
    return new Pins(true, Set.copyOf(digests), Map.of());
  }

  /** Jars may be loaded whose name and digest are those of an entry. */
  public static Pins ofFiles(Map<String, String> digests) {
    return new Pins(true, Set.of(), digests);
  }

  /**
   * Why a jar may not be loaded.
   *
   * @param name the file's name, with its folder where it is part of a plugin's folder
   * @param file to read, which nobody changes any more
   * @return the rest of a sentence that begins with "it" and names the file and its digest; empty
   *     where it may
   */
  public Optional<String> refusal(String name, Path file) throws IOException {
    if (!on) {
      return Optional.empty();
    }
    MessageDigest sha = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return refusal(name, HexFormat.of().formatHex(sha.digest()));
  }

  /** The same for a jar in memory. */
  public Optional<String> refusal(String name, byte[] bytes) {
    return on ? refusal(name, HexFormat.of().formatHex(sha256().digest(bytes))) : Optional.empty();
  }

  private Optional<String> refusal(String name, String digest) {
    if (anyFile.contains(digest) || digest.equals(byFile.get(name))) {
      return Optional.empty();
    }
    return Optional.of(
        "is not pinned: the SHA-256 of %s is %s; add it to plugins.pins if you trust it"
            .formatted(name, digest));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static String checked(String digest) {
    String lower = digest.strip().toLowerCase(Locale.ROOT);
    if (!DIGEST.matcher(lower).matches()) {
      throw new IllegalArgumentException(
          "'"
              + digest
              + "' is no SHA-256; write its 64 hexadecimal digits, as sha256sum prints them.");
    }
    return lower;
  }
}
