package dev.adamas.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A plugin's jars in a folder of their own. The JVM maps the directory of an open jar into memory,
 * so a jar that is replaced under it can take the process down; nobody replaces the copy. What is
 * pinned is the copy too, so that nothing can change between the check and the load.
 *
 * @param folder holds nothing else
 * @param jars to load; classes of a folder are packed into one
 */
record PluginCopy(Path folder, List<Path> jars) {

  PluginCopy {
    jars = List.copyOf(jars);
  }

  /**
   * Copies a jar, the jars of a folder, or the classes of a folder.
   *
   * @param root where the copy's folder is made
   */
  static PluginCopy of(Path plugin, Path root, Pins pins)
      throws IOException, PluginRefusedException {
    Path folder = Files.createTempDirectory(root, "plugin");
    try {
      List<Path> jars = new ArrayList<>();
      if (!Files.isDirectory(plugin)) {
        jars.add(copy(plugin, folder, plugin.getFileName().toString(), pins));
        return new PluginCopy(folder, jars);
      }
      String name = plugin.getFileName().toString();
      boolean classes = false;
      try (var files = Files.walk(plugin)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          if (plugin.equals(file.getParent()) && file.toString().endsWith(".jar")) {
            jars.add(copy(file, folder, name + "/" + file.getFileName(), pins));
          } else {
            classes |= file.toString().endsWith(".class");
          }
        }
      }
      if (classes && !jars.isEmpty()) {
        throw new PluginRefusedException(
            "has jars and loose classes; pack the classes into a jar, or unpack the jars");
      }
      if (classes) {
        if (pins.on()) {
          throw new PluginRefusedException(
              "has loose classes, which cannot be pinned; pack them into a jar");
        }
        jars.add(pack(plugin, folder.resolve(name + ".jar")));
      }
      if (jars.isEmpty()) {
        throw new PluginRefusedException("has neither jars nor classes");
      }
      return new PluginCopy(folder, jars);
    } catch (IOException | PluginRefusedException | RuntimeException e) {
      delete(folder);
      throw e;
    }
  }

  private static Path copy(Path file, Path folder, String name, Pins pins)
      throws IOException, PluginRefusedException {
    Path copy = Files.copy(file, folder.resolve(file.getFileName()));
    var refusal = pins.refusal(name, copy);
    if (refusal.isPresent()) {
      throw new PluginRefusedException(refusal.get());
    }
    return copy;
  }

  private static Path pack(Path classes, Path jar) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out);
        var files = Files.walk(classes)) {
      zip.setMethod(ZipOutputStream.DEFLATED);
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = classes.relativize(file).toString();
        zip.putNextEntry(new ZipEntry(name.replace(file.getFileSystem().getSeparator(), "/")));
        Files.copy(file, zip);
        zip.closeEntry();
      }
    }
    return jar;
  }

  /** Deletes the copy; what cannot be deleted now stays for the system to clean up. */
  void delete() {
    delete(folder);
  }

  static void delete(Path folder) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path directory, @org.jspecify.annotations.Nullable IOException failure)
                throws IOException {
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      System.getLogger("dev.adamas.engine")
          .log(System.Logger.Level.DEBUG, "{0} could not be deleted: {1}", folder, e.toString());
    }
  }
}
