package dev.adamas.cli.soak;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Packs the plugin of this package into a jar that every container takes. */
public final class SoakJar {

  private static final List<Class<?>> CLASSES =
      List.of(SoakProvider.class, SoakPolicy.class, BisectionSelector.class);

  private SoakJar() {}

  /**
   * Writes a jar.
   *
   * @param name of the plugin and of its policy
   * @param version of both
   */
  public static void write(Path file, String name, int version) throws IOException {
    try (JarOutputStream jar =
        new JarOutputStream(Files.newOutputStream(file), manifest(name, version))) {
      for (Class<?> type : CLASSES) {
        String path = type.getName().replace('.', '/') + ".class";
        try (InputStream bytes = type.getResourceAsStream(type.getSimpleName() + ".class")) {
          if (bytes == null) {
            throw new IOException("The class file of " + type.getName() + " is missing.");
          }
          jar.putNextEntry(new ZipEntry(path));
          bytes.transferTo(jar);
        }
      }
      text(
          jar,
          SoakJar.class.getPackageName().replace('.', '/') + "/" + SoakProvider.IDENTITY,
          "name=%s\nversion=%d\n".formatted(name, version));
      text(jar, "META-INF/services/" + Provider.class.getName(), SoakProvider.class.getName());
    }
  }

  private static void text(JarOutputStream jar, String path, String content) throws IOException {
    jar.putNextEntry(new ZipEntry(path));
    jar.write(content.getBytes(StandardCharsets.UTF_8));
  }

  private static Manifest manifest(String name, int version) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Automatic-Module-Name", name.replace('-', '.'));
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", name);
    main.putValue("Bundle-Version", version + ".0.0");
    main.putValue("Import-Package", Provider.class.getPackageName());
    main.putValue(
        "Provide-Capability",
        "osgi.serviceloader;osgi.serviceloader=\"%s\";register:=\"%s\""
            .formatted(Provider.class.getName(), SoakProvider.class.getName()));
    return manifest;
  }
}
