package dev.adamas.model.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An open GGUF file, version 2 or 3: its metadata and its tensors. The weights stay in the mapped
 * file and come into memory page by page, as they are used.
 *
 * <p>Immutable and safe for use by several threads. Closing unmaps the file: segments of its
 * tensors and arrays of its metadata must not be used afterwards (they throw {@link
 * IllegalStateException}, they never crash), and close fails while another thread reads.
 */
public final class GgufFile implements AutoCloseable {
  /** Bytes that are digested at a time: a buffer holds less than 2 GiB. */
  private static final long DIGEST_BYTES = 1 << 26;

  private final String name;
  private final Optional<Arena> arena;
  private final MemorySegment data;
  private final int version;
  private final GgufMetadata metadata;
  private final Map<String, GgufTensor> tensors;

  private GgufFile(String name, Optional<Arena> arena, MemorySegment data) {
    this.name = name;
    this.arena = arena;
    this.data = data;
    GgufReader reader = new GgufReader(name, data);
    this.version = reader.version();
    this.metadata = reader.metadata();
    this.tensors = Collections.unmodifiableMap(reader.tensors());
  }

  /**
   * Maps a file and checks its header.
   *
   * @param path the file
   * @return the open file; close it
   * @throws GgufException if it cannot be read or is no sound GGUF file
   */
  @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as the file object
  public static GgufFile open(Path path) {
    String name = path.toString();
    Arena arena = Arena.ofShared();
    try {
      MemorySegment data = map(path, name, arena);
      return new GgufFile(name, Optional.of(arena), data);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Reads a file that is in memory already, such as a resource of a jar. The caller keeps the
   * segment alive as long as the file is used; closing the file does not release it.
   *
   * @param name what messages call it
   * @param data the whole file
   * @return the file
   * @throws GgufException if it is no sound GGUF file
   */
  public static GgufFile of(String name, MemorySegment data) {
    return new GgufFile(name, Optional.empty(), data.asReadOnly());
  }

  private static MemorySegment map(Path path, String name, Arena arena) {
    if (Files.isDirectory(path)) {
      throw new GgufException("%s is a folder; name the .gguf file in it".formatted(name));
    }
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      // A pipe has no size, and opening one waits for a writer that may never come.
      throw new GgufException("%s is no ordinary file; save the model to one".formatted(name));
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException e) {
      throw new GgufException("%s does not exist; check the path".formatted(name), e);
    } catch (AccessDeniedException e) {
      throw new GgufException(
          "%s may not be read by this user; change its permissions".formatted(name), e);
    } catch (IOException | UnsupportedOperationException e) {
      throw new GgufException(
          "%s cannot be mapped into memory (%s); copy it to a local disk"
              .formatted(name, e.getMessage()),
          e);
    }
  }

  /** What messages call the file: its path, or the name it was given. */
  public String name() {
    return name;
  }

  /** The size of the file in bytes. */
  public long byteSize() {
    return data.byteSize();
  }

  /**
   * Tells files apart whatever they are called: the first 16 hexadecimal digits of the SHA-256 of
   * the whole file, which is read for it (about a second per gigabyte).
   */
  public String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (long at = 0; at < data.byteSize(); at += DIGEST_BYTES) {
        digest.update(
            data.asSlice(at, Math.min(DIGEST_BYTES, data.byteSize() - at)).asByteBuffer());
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  /** The version of the format: 2 or 3. */
  public int version() {
    return version;
  }

  /** The key-value pairs. */
  public GgufMetadata metadata() {
    return metadata;
  }

  /** All tensors, in the order of the file. */
  public List<GgufTensor> tensors() {
    return List.copyOf(tensors.values());
  }

  /** The tensor of that name; empty where there is none. */
  public Optional<GgufTensor> tensor(String tensorName) {
    return Optional.ofNullable(tensors.get(tensorName));
  }

  /** Unmaps the file, unless it was given as a segment. */
  @Override
  public void close() {
    arena.filter(a -> a.scope().isAlive()).ifPresent(Arena::close);
  }

  @Override
  public String toString() {
    return "GgufFile[%s, version %d, %d metadata keys, %d tensors, %d bytes]"
        .formatted(name, version, metadata.keys().size(), tensors.size(), data.byteSize());
  }
}
