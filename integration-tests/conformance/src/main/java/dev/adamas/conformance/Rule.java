package dev.adamas.conformance;

/** What a plugin jar keeps to. */
public enum Rule {
  /**
   * Classes depend on the SPI, on exported packages of the JDK and on what the jar brings itself.
   */
  NEEDS_ONLY_THE_API("depends on the api, the JDK and itself only"),
  /** No class of the engine or of another plugin is used: these are named, never linked. */
  KNOWS_NO_ENGINE("uses no class of the engine or of another plugin of Adamas"),
  /** {@code jdk.incubator.vector} is used in declared packages only, and required by the module. */
  VECTOR_API_WHERE_DECLARED("uses the Vector API in declared packages only"),
  /**
   * Native code is called in declared packages only: {@code java.lang.foreign.Linker}, libraries,
   * native methods, restricted methods of memory segments.
   */
  NATIVE_CALLS_WHERE_DECLARED("calls native code in declared packages only"),
  /** Static fields are final, and what they hold cannot change: state would outlive a swap. */
  NO_STATIC_STATE("keeps no mutable state in static fields"),
  /** Classes that nothing extends are final. */
  FINAL_IMPLEMENTATIONS("implementations are final"),
  /** Exported packages have no public class but providers. */
  HIDDEN_IMPLEMENTATIONS("exports nothing but the provider"),
  /** The process, its output and its global settings belong to the host. */
  LEAVES_THE_PROCESS_ALONE("does not end the process, print, or add shutdown hooks"),
  /**
   * {@code provides} of module-info, {@code META-INF/services} and the OSGi capability {@code
   * osgi.serviceloader} say the same.
   */
  SAME_SERVICES_EVERYWHERE("offers the same services to modules, ServiceLoader and OSGi"),
  /** Exports of module-info are those of the bundle, each with a version. */
  SAME_EXPORTS_EVERYWHERE("exports the same packages to modules and OSGi, with versions"),
  /** The bundle requires the Java version that its classes are compiled for. */
  JAVA_VERSION_IN_OSGI("tells OSGi which Java it needs"),
  /** {@code spiVersion()} is a number in the provider's own byte code. */
  SPI_VERSION_COMPILED_IN("has the SPI version compiled in"),
  /** Backends recognise stages; that a policy uses them is none of their business. */
  BACKENDS_NAME_NO_POLICY("names no policy in a backend and no backend in a policy");

  private final String text;

  Rule(String text) {
    this.text = text;
  }

  /** What a jar that keeps to it does, without a subject. */
  public String text() {
    return text;
  }
}
