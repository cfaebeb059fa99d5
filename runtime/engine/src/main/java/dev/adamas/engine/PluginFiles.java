package dev.adamas.engine;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of one plugin as a folder lists them; equal where none of them changed.
 *
 * @param files by name, relative to the folder of plugins
 */
record PluginFiles(List<State> files) {

  /**
   * A file.
   *
   * @param modified milliseconds since 1970
   * @param key the file's identity, which changes when another file takes its name
   */
  record State(String name, long size, long modified, String key) {}

  /** Jars and folders; whatever else lies there, such as a file being downloaded, is none. */
  static SortedMap<String, PluginFiles> list(Path directory) throws IOException {
    SortedMap<String, PluginFiles> plugins = new TreeMap<>();
    try (var entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!name.startsWith(".") && (name.endsWith(".jar") || Files.isDirectory(entry))) {
          of(directory, entry).ifPresent(files -> plugins.put(name, files));
        }
      }
    }
    return plugins;
  }

  /** Empty where there is no file, or where it went while it was looked at. */
  static Optional<PluginFiles> of(Path directory, Path entry) throws IOException {
    List<State> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          entry,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              // The file that a link leads to is what counts.
              BasicFileAttributes real = Files.readAttributes(file, BasicFileAttributes.class);
              files.add(
                  new State(
                      directory.relativize(file).toString(),
                      real.size(),
                      real.lastModifiedTime().toMillis(),
                      String.valueOf(real.fileKey())));
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
    files.sort(Comparator.comparing(State::name));
    return files.isEmpty() ? Optional.empty() : Optional.of(new PluginFiles(List.copyOf(files)));
  }

  /** When the last of the files changed, in milliseconds since 1970. */
  long modified() {
    return files.stream().mapToLong(State::modified).max().orElse(0);
  }
}
