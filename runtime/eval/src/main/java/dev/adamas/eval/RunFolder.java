package dev.adamas.eval;

import dev.adamas.eval.stored.StoredRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * The folder of a run while it is written: {@code run.json} says what is computed, {@code
 * results.jsonl} gets a line per result, each in one write. Whenever the process dies, complete
 * lines stay; half a line at the end is cut off by who continues. The file is locked meanwhile.
 */
final class RunFolder implements AutoCloseable {

  static final String INFO = "run.json";
  static final String RESULTS = "results.jsonl";

  private static final String INFO_IN_PROGRESS = "run.json.part";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final FileChannel channel;
  private final List<SampleResult> earlier;

  private RunFolder(Path file, FileChannel channel, List<SampleResult> earlier) {
    this.file = file;
    this.channel = channel;
    this.earlier = List.copyOf(earlier);
  }

  /**
   * Begins a run in a new or empty folder, or continues one.
   *
   * @param resume whether a run may be there already
   * @throws EvalException where the folder holds something else, or a run with other arguments
   */
  @SuppressWarnings("MustBeClosedChecker") // the channel is closed with this
  static RunFolder open(Path folder, RunInfo info, boolean resume) {
    try {
      Files.createDirectories(folder);
      boolean begun = checkContent(folder, info, resume);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(RESULTS),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      try {
        lock(channel, folder);
        if (!begun) {
          write(folder, info);
        }
        return new RunFolder(folder.resolve(RESULTS), channel, read(channel, folder));
      } catch (RuntimeException | IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a run was begun here. */
  private static boolean checkContent(Path folder, RunInfo info, boolean resume)
      throws IOException {
    List<String> names;
    try (Stream<Path> files = Files.list(folder)) {
      names = files.map(file -> file.toFile().getName()).sorted().toList();
    }
    if (names.isEmpty()) {
      return false;
    }
    if (!resume) {
      throw new EvalException(
          "%s is not empty; add --resume to continue the run in it, or name another folder."
              .formatted(folder));
    }
    if (names.contains(INFO)) {
      checkSame(folder, readInfo(folder), info);
      return true;
    }
    // A process that died while it began a run leaves no more than these.
    boolean nothingLost =
        Set.of(RESULTS, INFO_IN_PROGRESS).containsAll(names)
            && (!names.contains(RESULTS) || Files.size(folder.resolve(RESULTS)) == 0);
    if (!nothingLost) {
      throw new EvalException(
          "%s holds no run to continue (there is no %s); name another folder."
              .formatted(folder, INFO));
    }
    return false;
  }

  private static RunInfo readInfo(Path folder) throws IOException {
    Path file = folder.resolve(INFO);
    try {
      return StoredRecord.read(
          new String(Files.readAllBytes(file), StandardCharsets.UTF_8), RunInfo.class);
    } catch (IllegalArgumentException e) {
      throw new EvalException(
          "%s is damaged (%s); begin the run again in another folder."
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static void checkSame(Path folder, RunInfo was, RunInfo is) {
    List<String> differences = new ArrayList<>();
    if (!was.modelFingerprint().equals(is.modelFingerprint())) {
      differences.add(
          "the model %s (%s), not %s (%s)"
              .formatted(was.model(), was.modelFingerprint(), is.model(), is.modelFingerprint()));
    }
    if (!was.shard().equals(is.shard())) {
      differences.add("shard %s, not %s".formatted(was.shard(), is.shard()));
    }
    var names = new TreeSet<>(was.arguments().keySet());
    names.addAll(is.arguments().keySet());
    for (String name : names) {
      String before = was.arguments().getOrDefault(name, "nothing");
      String now = is.arguments().getOrDefault(name, "nothing");
      if (!before.equals(now)) {
        differences.add("%s %s, not %s".formatted(name, before, now));
      }
    }
    if (!differences.isEmpty()) {
      throw new EvalException(
          "The run in %s was made with %s; give the same arguments or name another folder."
              .formatted(folder, String.join(", and with ", differences)));
    }
  }

  private static void lock(FileChannel channel, Path folder) throws IOException {
    boolean locked;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException _) {
      locked = false;
    }
    if (!locked) {
      throw new EvalException(
          "Another process is writing to %s; wait for it or name another folder."
              .formatted(folder));
    }
  }

  /** The file appears whole or not at all. */
  private static void write(Path folder, RunInfo info) throws IOException {
    Path part = folder.resolve(INFO_IN_PROGRESS);
    try {
      Files.writeString(part, JSON.writeValueAsString(info) + "\n");
      Files.move(part, folder.resolve(INFO), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(part);
      throw unwritten(folder.resolve(INFO), e);
    }
  }

  private static EvalException unwritten(Path file, IOException e) {
    return new EvalException(
        "%s cannot be written (%s); free space there and continue with --resume."
            .formatted(file, e.getMessage()),
        e);
  }

  /** Reads the complete lines and cuts off what follows them. */
  private static List<SampleResult> read(FileChannel channel, Path folder) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    int read = 0;
    while (content.hasRemaining() && read >= 0) {
      read = channel.read(content);
    }
    byte[] bytes = content.array();
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    channel.truncate(end);
    channel.position(end);
    List<SampleResult> results = new ArrayList<>();
    String text = new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      try {
        results.add(StoredRecord.read(line, SampleResult.class));
      } catch (IllegalArgumentException e) {
        throw new EvalException(
            "Line %d of %s is damaged (%s); delete that line and continue with --resume."
                .formatted(results.size() + 1, folder.resolve(RESULTS), e.getMessage()),
            e);
      }
    }
    return results;
  }

  /** Results that were there when the folder was opened. */
  List<SampleResult> earlier() {
    return earlier;
  }

  /** What the earlier results are about. */
  Set<Key> done() {
    return earlier.stream().map(Key::of).collect(Collectors.toSet());
  }

  /**
   * What a result is about.
   *
   * @param task its name
   */
  record Key(String task, int context, int sample, String policy, String budget) {
    static Key of(SampleResult result) {
      return new Key(
          result.task(), result.context(), result.sample(), result.policy(), result.budget());
    }
  }

  /**
   * Writes a result; once this returns, the end of the process does not lose it.
   *
   * @throws EvalException where it cannot be written, as on a full disk; what was written stays
   */
  void append(SampleResult result) {
    try {
      ByteBuffer line =
          ByteBuffer.wrap(
              (JSON.writeValueAsString(result) + "\n").getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        channel.write(line);
      }
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
