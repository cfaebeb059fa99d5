package dev.adamas.it.containers;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.attribute.ModuleRequireInfo;
import java.lang.constant.ModuleDesc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Compiles plugins and packs them as their authors would. */
final class PluginJar {

  private static final String SERVICES = "META-INF/services/dev.adamas.api.Provider";

  private PluginJar() {}

  /** A jar for the class path, as a bundle too. */
  static byte[] plain(PluginSource source) {
    return jar(entries(source, false), headers(source));
  }

  /** A jar with a module descriptor, as a bundle too. */
  static byte[] module(PluginSource source) {
    return jar(entries(source, true), headers(source));
  }

  /** The files of a plugin by name. */
  static Map<String, byte[]> entries(PluginSource source, boolean module) {
    Map<String, String> files = new LinkedHashMap<>();
    files.put(source.provider().replace('.', '/') + ".java", source.text());
    if (module) {
      files.put(
          "module-info.java",
          """
          module %s {
            requires dev.adamas.api;
            provides dev.adamas.api.Provider with %s;
          }
          """
              .formatted(source.packageName(), source.provider()));
    }
    Map<String, byte[]> entries = compile(files, module);
    entries.put(SERVICES, source.provider().getBytes(StandardCharsets.UTF_8));
    return entries;
  }

  /** A descriptor that also requires a module that does not exist. */
  static byte[] requiring(byte[] descriptor) {
    ClassFile format = ClassFile.of();
    return format.transformClass(
        format.parse(descriptor),
        (builder, element) -> {
          if (element instanceof ModuleAttribute module) {
            List<ModuleRequireInfo> requires = new ArrayList<>(module.requires());
            requires.add(ModuleRequireInfo.of(ModuleDesc.of("com.example.gone"), 0, null));
            builder.with(
                ModuleAttribute.of(
                    module.moduleName(),
                    other -> {
                      requires.forEach(other::requires);
                      module.provides().forEach(other::provides);
                    }));
          } else {
            builder.with(element);
          }
        });
  }

  /** A bundle with other headers. */
  static byte[] jar(Map<String, byte[]> entries, Map<String, String> headers) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", "com.example.other");
    headers.forEach(main::putValue);
    return jar(entries, manifest);
  }

  private static Manifest headers(PluginSource source) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", source.packageName());
    main.putValue("Bundle-Version", source.version());
    main.putValue("Import-Package", "dev.adamas.api;version=\"[1,2)\"");
    main.putValue(
        "Provide-Capability",
        "osgi.serviceloader;osgi.serviceloader=\"dev.adamas.api.Provider\";register:=\"%s\""
            .formatted(source.provider()));
    main.putValue(
        "Require-Capability",
        "osgi.extender;filter:=\"(osgi.extender=osgi.serviceloader.registrar)\"");
    return manifest;
  }

  static Map<String, byte[]> compile(Map<String, String> sources, boolean module) {
    try {
      Path work = Files.createTempDirectory("plugin-sources");
      List<String> arguments = new ArrayList<>(List.of("-d", work.resolve("out").toString()));
      arguments.add("-proc:none");
      String api = Path.of(apiLocation()).toString();
      arguments.addAll(List.of(module ? "--module-path" : "--class-path", api));
      for (Map.Entry<String, String> source : sources.entrySet()) {
        Path file = work.resolve("in").resolve(source.getKey());
        Files.createDirectories(file.getParent());
        Files.writeString(file, source.getValue());
        arguments.add(file.toString());
      }
      JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
      StringWriter messages = new StringWriter();
      List<Path> files = new ArrayList<>();
      boolean compiled;
      try (var manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
        List<String> options = arguments.stream().filter(a -> !a.endsWith(".java")).toList();
        List<String> inputs = arguments.stream().filter(a -> a.endsWith(".java")).toList();
        compiled =
            compiler
                .getTask(
                    messages,
                    manager,
                    null,
                    options,
                    null,
                    manager.getJavaFileObjectsFromStrings(inputs))
                .call();
      }
      if (!compiled) {
        throw new IllegalStateException(messages.toString());
      }
      Path out = work.resolve("out");
      Map<String, byte[]> classes = new TreeMap<>();
      try (var found = Files.walk(out)) {
        found.filter(Files::isRegularFile).forEach(files::add);
      }
      for (Path file : files) {
        classes.put(out.relativize(file).toString(), Files.readAllBytes(file));
      }
      return classes;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static java.net.URI apiLocation() {
    try {
      return dev.adamas.api.Provider.class
          .getProtectionDomain()
          .getCodeSource()
          .getLocation()
          .toURI();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] jar(Map<String, byte[]> entries, Manifest manifest) {
    var bytes = new java.io.ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        jar.putNextEntry(new JarEntry(entry.getKey()));
        jar.write(entry.getValue());
        jar.closeEntry();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static byte[] jar(Map<String, byte[]> entries) {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    return jar(entries, manifest);
  }

  /** Writes a file under another name and renames it, as careful people do. */
  static Path place(Path folder, String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Path part = Files.createTempFile(folder, ".part", "");
    try (OutputStream out = Files.newOutputStream(part)) {
      out.write(bytes);
    }
    return Files.move(part, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of()
          .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
