package dev.adamas.conformance;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.SelectionIndex;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** What providers say, and who names what they offer. */
final class ProviderRules {

  private ProviderRules() {}

  static List<String> spiVersion(PluginJar jar) {
    List<String> violations = new ArrayList<>();
    Map<String, ClassModel> files = jar.classFiles();
    if (jar.providers().isEmpty()) {
      violations.add("META-INF/services names no dev.adamas.api.Provider");
    }
    for (String provider : jar.providers()) {
      ClassModel file = files.get(provider);
      if (file == null) {
        violations.add("Provider " + provider + " is not in the jar");
      } else if (!returnsConstant(file)) {
        violations.add(
            "Provider %s has no number of its own: declare `public int spiVersion() { return SPI_VERSION; }`, which the compiler turns into one"
                .formatted(provider));
      }
    }
    return violations;
  }

  private static boolean returnsConstant(ClassModel file) {
    Optional<MethodModel> method =
        file.methods().stream()
            .filter(m -> m.methodName().equalsString("spiVersion"))
            .filter(m -> m.methodType().equalsString("()I"))
            .findFirst();
    List<CodeElement> code =
        method.flatMap(MethodModel::code).stream()
            .flatMap(c -> c.elementStream())
            .filter(Instruction.class::isInstance)
            .toList();
    return code.size() == 2
        && code.get(0) instanceof ConstantInstruction
        && code.get(1) instanceof ReturnInstruction;
  }

  /**
   * In a jar that offers one kind only, every class is on one side; in a jar that offers both,
   * those that implement one. The providers themselves name both.
   */
  static List<String> names(PluginJar jar, Names others) {
    List<String> violations = new ArrayList<>();
    Set<String> policies = new HashSet<>();
    Set<String> backends = new HashSet<>();
    for (String provider : jar.providers()) {
      try {
        Provider offering = (Provider) jar.load(provider).getDeclaredConstructor().newInstance();
        offering.policies().stream().map(PolicyFactory::id).forEach(policies::add);
        offering.backends().stream().map(BackendFactory::id).forEach(backends::add);
      } catch (ReflectiveOperationException | LinkageError | RuntimeException e) {
        violations.add("Provider " + provider + " cannot be asked what it offers: " + e);
      }
    }
    boolean both = !policies.isEmpty() && !backends.isEmpty();
    Set<String> policySide = new HashSet<>();
    Set<String> backendSide = new HashSet<>();
    for (var owner : jar.classes()) {
      boolean policy = owner.isAssignableTo(AttentionPolicy.class);
      boolean backend =
          owner.isAssignableTo(ComputeBackend.class)
              || owner.isAssignableTo(Kernel.class)
              || owner.isAssignableTo(SelectionIndex.class);
      if (policy || (!both && !policies.isEmpty())) {
        policySide.add(owner.getName());
      }
      if (backend || (!both && !backends.isEmpty())) {
        backendSide.add(owner.getName());
      }
      for (var dependency : owner.getDirectDependenciesFromSelf()) {
        if ((policy && dependency.getTargetClass().isAssignableTo(ComputeBackend.class))
            || (backend && dependency.getTargetClass().isAssignableTo(AttentionPolicy.class))) {
          violations.add(dependency.getDescription());
        }
      }
    }
    policies.addAll(others.policies());
    backends.addAll(others.backends());
    for (Map.Entry<String, ClassModel> file : jar.classFiles().entrySet()) {
      Set<String> strings = strings(file.getValue());
      if (policySide.contains(file.getKey())) {
        report(file.getKey(), strings, "backend", backends, violations);
      }
      if (backendSide.contains(file.getKey())) {
        report(file.getKey(), strings, "policy", policies, violations);
      }
    }
    return violations;
  }

  private static void report(
      String owner, Set<String> strings, String kind, Set<String> names, List<String> violations) {
    names.stream()
        .filter(strings::contains)
        .sorted()
        .forEach(name -> violations.add("%s names the %s %s".formatted(owner, kind, name)));
  }

  private static Set<String> strings(ClassModel file) {
    return StreamSupport.stream(file.constantPool().spliterator(), false)
        .filter(StringEntry.class::isInstance)
        .map(entry -> ((StringEntry) entry).stringValue())
        .collect(Collectors.toSet());
  }
}
