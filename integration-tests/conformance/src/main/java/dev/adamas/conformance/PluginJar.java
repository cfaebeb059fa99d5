package dev.adamas.conformance;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The content of a jar, or of a folder with the same content. */
final class PluginJar implements AutoCloseable {

  private static final String SERVICES = "META-INF/services";

  private final Path path;
  private final Optional<FileSystem> zip;
  private final Path root;
  private final URLClassLoader loader;
  private @Nullable JavaClasses classes;

  private PluginJar(Path path, Optional<FileSystem> zip, Path root, URLClassLoader loader) {
    this.path = path;
    this.zip = zip;
    this.root = root;
    this.loader = loader;
  }

  @SuppressWarnings("MustBeClosedChecker") // closed by close
  static PluginJar open(Path path) {
    try {
      if (!Files.exists(path)) {
        throw new IllegalArgumentException(
            "There is no " + path.toAbsolutePath() + "; package the plugin first.");
      }
      Optional<FileSystem> zip =
          Files.isDirectory(path)
              ? Optional.empty()
              : Optional.of(FileSystems.newFileSystem(path, (ClassLoader) null));
      return new PluginJar(
          path, zip, zip.map(z -> z.getPath("/")).orElse(path), new URLClassLoader(urls(path)));
    } catch (IOException e) {
      throw new IllegalArgumentException(path + " is no readable jar: " + e.getMessage(), e);
    }
  }

  private static URL[] urls(Path path) throws MalformedURLException {
    return new URL[] {path.toUri().toURL()};
  }

  /** The classes as ArchUnit sees them. */
  JavaClasses classes() {
    JavaClasses known = classes;
    if (known == null) {
      known = importClasses();
      if (known.isEmpty()) {
        throw new IllegalArgumentException(
            path.toAbsolutePath() + " holds no classes; name the plugin's own jar.");
      }
      classes = known;
    }
    return known;
  }

  private JavaClasses importClasses() {
    ClassFileImporter importer = new ClassFileImporter();
    if (zip.isEmpty()) {
      return importer.importPath(path);
    }
    try (JarFile jar = new JarFile(path.toFile())) {
      return importer.importJar(jar);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The class files by binary name, module and package descriptors left out. */
  SortedMap<String, ClassModel> classFiles() {
    SortedMap<String, ClassModel> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(f -> f.toString().endsWith(".class")).toList()) {
        ClassModel model = ClassFile.of().parse(Files.readAllBytes(file));
        String name = model.thisClass().asInternalName().replace('/', '.');
        if (!name.endsWith("-info")) {
          files.put(name, model);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  /** The module's descriptor; empty where the jar is no explicit module. */
  Optional<ModuleDescriptor> module() {
    try {
      return ModuleFinder.of(path).findAll().stream()
          .map(reference -> reference.descriptor())
          .filter(descriptor -> !descriptor.isAutomatic())
          .findFirst();
    } catch (FindException _) {
      return Optional.empty();
    }
  }

  /** A header of the manifest, empty where it is missing. */
  String header(String name) {
    Path file = root.resolve(JarFile.MANIFEST_NAME);
    if (!Files.exists(file)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      String value = new Manifest(in).getMainAttributes().getValue(name);
      return value == null ? "" : value;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Implementations by service, as META-INF/services names them. */
  SortedMap<String, NavigableSet<String>> services() {
    SortedMap<String, NavigableSet<String>> services = new TreeMap<>();
    Path folder = root.resolve(SERVICES);
    if (!Files.isDirectory(folder)) {
      return services;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        NavigableSet<String> names = new TreeSet<>();
        Files.readString(file, StandardCharsets.UTF_8)
            .lines()
            .map(line -> line.replaceFirst("#.*", "").strip())
            .filter(line -> !line.isEmpty())
            .forEach(names::add);
        services.put(file.getFileName().toString(), names);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return services;
  }

  /** Classes of the providers, as META-INF/services names them. */
  List<String> providers() {
    return List.copyOf(services().getOrDefault("dev.adamas.api.Provider", new TreeSet<>()));
  }

  /**
   * A class of the jar, initialised.
   *
   * @throws ClassNotFoundException where it is not there
   */
  Class<?> load(String name) throws ClassNotFoundException {
    return Class.forName(name, true, loader);
  }

  @Override
  public void close() {
    try {
      loader.close();
      if (zip.isPresent()) {
        zip.get().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
