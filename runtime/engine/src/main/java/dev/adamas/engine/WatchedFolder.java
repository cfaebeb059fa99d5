package dev.adamas.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A folder that is watched for jars and sub-folders that come, change and go. What has just been
 * written is left alone until it has stayed the same for a while, so that no half-copied file is
 * read.
 *
 * <p>Thread-safe; the visitor is called by one thread at a time.
 */
public final class WatchedFolder implements AutoCloseable {

  /**
   * When a folder is looked at.
   *
   * @param settle how long a file must stay the same before it is read
   * @param poll how often the folder is looked at where the system does not tell of changes
   */
  public record Times(Duration settle, Duration poll) {
    /** Refuses negative durations, and looking all the time. */
    public Times {
      if (settle.isNegative() || !poll.isPositive()) {
        throw new IllegalArgumentException(
            "settle must not be negative, and poll must be longer than nothing.");
      }
    }

    /** Half a second to settle, two between looks. */
    public static Times defaults() {
      return new Times(Duration.ofMillis(500), Duration.ofSeconds(2));
    }
  }

  /** What is done about the contents. */
  public interface Visitor {

    /**
     * A jar or sub-folder is there, or is another than before.
     *
     * @param name its name in the folder
     * @param path where it lies
     * @param unchanged whether it is still what was found; a copy that was made while it changed is
     *     worth nothing
     * @return false to be asked again at the next look
     */
    boolean appeared(String name, Path path, Unchanged unchanged);

    /** It is gone, and nothing took its place for a while. */
    void gone(String name);

    /** The folder was looked at; empty, or why it could not be read. */
    void looked(Optional<String> unreadable);
  }

  /** Looks once more at the files. */
  @FunctionalInterface
  public interface Unchanged {
    /** Whether none of them changed. */
    boolean check() throws IOException;
  }

  /** Files that were seen but may still be written to. */
  private record Unsettled(PluginFiles files, long since) {}

  private final Path folder;
  private final Times times;
  private final Visitor visitor;
  private final Map<String, PluginFiles> known = new HashMap<>();
  private final Map<String, Unsettled> unsettled = new HashMap<>();

  /** Since when something is missing: many programs delete a file before they write it anew. */
  private final Map<String, Long> missing = new HashMap<>();

  private final FolderWatch watch;
  private boolean closed;

  private WatchedFolder(Path folder, Times times, Visitor visitor) {
    this.folder = folder;
    this.times = times;
    this.visitor = visitor;
    watch = FolderWatch.of(folder);
  }

  /**
   * Visits what is in a folder and watches it from then on. It waits a moment for files that have
   * just been written.
   *
   * @param what what the folder is, for messages
   * @throws IllegalArgumentException where it is no folder
   */
  public static WatchedFolder open(String what, Path folder, Times times, Visitor visitor) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "%s %s %s."
              .formatted(
                  what,
                  folder,
                  Files.exists(folder)
                      ? "is a file; name a folder"
                      : "does not exist; create it or name another"));
    }
    Path absolute = folder.toAbsolutePath().normalize();
    WatchedFolder opened = new WatchedFolder(absolute, times, visitor);
    opened.look();
    long end = System.nanoTime() + times.settle().multipliedBy(4).toNanos();
    while (opened.mayChange() && System.nanoTime() - end < 0 && Pause.millis(20)) {
      opened.look();
    }
    opened.watch.start("adamas-watch " + absolute.getFileName(), opened::look, opened::untilNext);
    return opened;
  }

  /** The folder. */
  public Path path() {
    return folder;
  }

  /** Looks at the folder now instead of when the system tells of a change. */
  public synchronized void look() {
    if (closed) {
      return;
    }
    SortedMap<String, PluginFiles> now;
    try {
      now = PluginFiles.list(folder);
    } catch (IOException e) {
      // What is there stays: a folder that cannot be read for a moment is no wish to lose it all.
      visitor.looked(
          Optional.of("The folder %s cannot be read: %s.".formatted(folder, Failures.text(e))));
      return;
    }
    unsettled.keySet().retainAll(now.keySet());
    missing.keySet().removeAll(now.keySet());
    for (String name : new HashSet<>(known.keySet())) {
      if (!now.containsKey(name)) {
        missed(name);
      }
    }
    now.forEach(this::look);
    visitor.looked(Optional.empty());
  }

  private void missed(String name) {
    long time = System.nanoTime();
    if (time - missing.computeIfAbsent(name, _ -> time) >= times.settle().toNanos()) {
      missing.remove(name);
      known.remove(name);
      visitor.gone(name);
    }
  }

  private void look(String name, PluginFiles files) {
    if (files.equals(known.get(name))) {
      unsettled.remove(name);
      return;
    }
    Path path = folder.resolve(name);
    if (isSettled(name, files)
        && visitor.appeared(
            name, path, () -> PluginFiles.of(folder, path).equals(Optional.of(files)))) {
      known.put(name, files);
      unsettled.remove(name);
    }
  }

  private boolean isSettled(String name, PluginFiles files) {
    long now = System.nanoTime();
    Unsettled before = unsettled.get(name);
    long since = before != null && before.files().equals(files) ? before.since() : now;
    unsettled.put(name, new Unsettled(files, since));
    long age = System.currentTimeMillis() - files.modified();
    return age >= times.settle().toMillis() || now - since >= times.settle().toNanos();
  }

  private synchronized boolean mayChange() {
    return !unsettled.isEmpty() || !missing.isEmpty();
  }

  private Duration untilNext() {
    return mayChange() && times.settle().compareTo(times.poll()) < 0
        ? times.settle()
        : times.poll();
  }

  /** Stops watching; the visitor is not called any more when this returns. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    watch.close();
  }
}
