package dev.adamas.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Follows a configuration file; made by {@link Engine#follow}.
 *
 * <p>It reads the file twice a second instead of asking the system for events: editors replace
 * files, mounts report nothing, and a file that is still being written reads as a broken one. Only
 * what it finds twice counts.
 */
public final class ConfigurationWatch implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.adamas.engine");
  private static final long PAUSE_NANOS = 250_000_000;

  private final Path file;
  private final EngineConfig defaults;
  private final Consumer<EngineConfig> changed;
  private EngineConfig known;
  private byte[] accepted;
  private byte[] found;
  private long looked = System.nanoTime();
  private volatile boolean closed;

  /**
   * @param changed takes a configuration whose policy or layers differ
   */
  ConfigurationWatch(Path file, EngineConfig defaults, Consumer<EngineConfig> changed) {
    this.file = file;
    this.defaults = defaults;
    this.changed = changed;
    known = EngineConfig.read(file, defaults);
    accepted = bytes();
    found = accepted;
  }

  private byte[] bytes() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException _) {
      return new byte[0];
    }
  }

  /** Looks whether something changed, if the last look was long enough ago. */
  void look() {
    long now = System.nanoTime();
    if (closed || now - looked < PAUSE_NANOS) {
      return;
    }
    looked = now;
    byte[] bytes = bytes();
    boolean settled = Arrays.equals(bytes, found);
    found = bytes;
    if (settled && !Arrays.equals(bytes, accepted)) {
      accepted = bytes;
      take();
    }
  }

  private void take() {
    EngineConfig next;
    try {
      next = EngineConfig.read(file, defaults);
    } catch (IllegalArgumentException e) {
      LOG.log(System.Logger.Level.WARNING, "Nothing changes: {0}", e.getMessage());
      return;
    }
    List<String> others = others(next);
    if (!others.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} changed in {1}; start again to apply that.",
          String.join(", ", others),
          file);
    }
    boolean differs =
        !next.policy().equals(known.policy()) || !next.layers().equals(known.layers());
    known = next;
    if (differs && !closed) {
      try {
        changed.accept(next);
      } catch (IllegalStateException _) {
        closed = true; // The engine is closed.
      }
    }
  }

  private List<String> others(EngineConfig next) {
    List<String> keys = new ArrayList<>();
    if (!next.backends().equals(known.backends())) {
      keys.add("backends");
    }
    if (next.threads() != known.threads()) {
      keys.add("threads");
    }
    if (next.prefill() != known.prefill()) {
      keys.add("prefill");
    }
    if (!next.cache().equals(known.cache())) {
      keys.add("cache");
    }
    if (!next.swap().equals(known.swap())) {
      keys.add("swap");
    }
    return keys;
  }

  /** Follows the file no longer. */
  @Override
  public void close() {
    closed = true;
  }
}
