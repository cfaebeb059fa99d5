package dev.adamas.conformance;

import java.lang.classfile.ClassModel;
import java.lang.module.ModuleDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Whether a jar says the same to the module system, to ServiceLoader and to OSGi. */
final class MetadataRules {

  /** A class file's major version is the Java version plus this. */
  private static final int MAJOR_OF_JAVA_0 = 44;

  private static final String NO_MODULE =
      "The jar is no module: module-info.class is missing or not valid";

  private MetadataRules() {}

  static List<String> services(PluginJar jar) {
    Optional<ModuleDescriptor> module = jar.module();
    if (module.isEmpty()) {
      return List.of(NO_MODULE);
    }
    SortedSet<String> provided =
        module.get().provides().stream()
            .flatMap(p -> p.providers().stream().map(name -> p.service() + " by " + name))
            .collect(Collectors.toCollection(TreeSet::new));
    SortedSet<String> listed = new TreeSet<>();
    jar.services()
        .forEach((service, names) -> names.forEach(name -> listed.add(service + " by " + name)));
    SortedSet<String> offered =
        OsgiHeader.parse(jar.header("Provide-Capability")).stream()
            .filter(clause -> clause.path().equals("osgi.serviceloader"))
            .map(c -> c.value("osgi.serviceloader") + " by " + c.value("register:"))
            .collect(Collectors.toCollection(TreeSet::new));
    List<String> violations = new ArrayList<>();
    compare("module-info provides", provided, "META-INF/services names", listed, violations);
    compare("module-info provides", provided, "osgi.serviceloader offers", offered, violations);
    return violations;
  }

  static List<String> exports(PluginJar jar) {
    Optional<ModuleDescriptor> module = jar.module();
    if (module.isEmpty()) {
      return List.of(NO_MODULE);
    }
    List<String> violations = new ArrayList<>();
    List<OsgiHeader.Clause> clauses = OsgiHeader.parse(jar.header("Export-Package"));
    compare(
        "module-info exports",
        module.get().exports().stream()
            .filter(export -> !export.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .collect(Collectors.toCollection(TreeSet::new)),
        "Export-Package lists",
        clauses.stream()
            .map(OsgiHeader.Clause::path)
            .collect(Collectors.toCollection(TreeSet::new)),
        violations);
    clauses.stream()
        .filter(clause -> clause.value("version").isEmpty())
        .forEach(clause -> violations.add("Package " + clause.path() + " has no version"));
    return violations;
  }

  private static void compare(
      String here,
      SortedSet<String> some,
      String there,
      SortedSet<String> others,
      List<String> violations) {
    if (!some.equals(others)) {
      violations.add("%s %s, but %s %s".formatted(here, some, there, others));
    }
  }

  static List<String> javaVersion(PluginJar jar) {
    int java =
        jar.classFiles().values().stream().mapToInt(ClassModel::majorVersion).max().orElse(0)
            - MAJOR_OF_JAVA_0;
    String wanted = "(&(osgi.ee=JavaSE)(version=" + java + "))";
    boolean required =
        OsgiHeader.parse(jar.header("Require-Capability")).stream()
            .anyMatch(c -> c.path().equals("osgi.ee") && c.value("filter:").contains(wanted));
    return required
        ? List.of()
        : List.of("Require-Capability has no osgi.ee with the filter " + wanted);
  }
}
