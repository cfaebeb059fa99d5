package dev.adamas.engine;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.ProtectionDomain;

/** Says where a class comes from. */
final class Origins {

  private Origins() {}

  /** Module and location, or the jar or folder of the class path. */
  static String of(Class<?> type) {
    String location = location(type.getProtectionDomain());
    return type.getModule().isNamed()
        ? "module " + type.getModule().getName() + " at " + location
        : location;
  }

  private static String location(ProtectionDomain domain) {
    CodeSource source = domain.getCodeSource();
    if (source == null || source.getLocation() == null) {
      return "an unknown location";
    }
    try {
      URI uri = source.getLocation().toURI();
      return "file".equals(uri.getScheme()) ? Path.of(uri).toString() : uri.toString();
    } catch (URISyntaxException _) {
      return source.getLocation().toString();
    }
  }
}
