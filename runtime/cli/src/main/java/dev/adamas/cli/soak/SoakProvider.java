package dev.adamas.cli.soak;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Parameter;
import dev.adamas.api.Pipeline;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.StageFactory;
import dev.adamas.api.Transform;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;

/**
 * The plugin that comes and goes: a policy with a selector of its own, packed into jars under names
 * and versions that a file beside this class holds.
 */
public final class SoakProvider implements Provider {

  static final String IDENTITY = "identity.properties";

  private final String name;
  private final int version;

  /** The plugin of the jar that this class was loaded from. */
  public SoakProvider() {
    Properties identity = new Properties();
    try (InputStream file = SoakProvider.class.getResourceAsStream(IDENTITY)) {
      if (file == null) {
        throw new IllegalStateException("The jar has no " + IDENTITY + ".");
      }
      identity.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this(identity.getProperty("name"), Integer.parseInt(identity.getProperty("version")));
  }

  /** The same plugin without a jar, for a run that it is compared with. */
  public SoakProvider(String name, int version) {
    this.name = name;
    this.version = version;
  }

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String version() {
    return version + ".0.0";
  }

  @Override
  public List<StageFactory> stages() {
    return List.of(
        new StageFactory(
            selector(),
            version,
            Selector.class,
            "The best scores, found by bisection.",
            List.of(),
            settings -> new BisectionSelector(ComponentSpec.of(selector(), version))));
  }

  @Override
  public List<PolicyFactory> policies() {
    return List.of(
        new PolicyFactory(
            name,
            version,
            "Products of codes, selected by this plugin.",
            List.of(
                Parameter.budget("budget", "64", "Tokens that a query may attend to."),
                Parameter.stage("transform", Transform.class, "hadamard@1", "Applied to rows."),
                Parameter.stage("quantizer", Quantizer.class, "bucket@1", "Turns keys into codes."),
                Parameter.stage("distance", Distance.class, "code-dot@1", "Scores codes."),
                Parameter.stage(
                    "selector", Selector.class, selector() + "@" + version, "Picks codes.")),
            this::policy));
  }

  private String selector() {
    return name + "-select";
  }

  private SoakPolicy policy(Settings settings) {
    Pipeline pipeline =
        new Pipeline(
            settings.stage("transform", Transform.class),
            settings.stage("quantizer", Quantizer.class),
            settings.stage("distance", Distance.class),
            settings.stage("selector", Selector.class));
    return new SoakPolicy(
        ComponentSpec.of(name, version, settings.texts()),
        new LayerPlan.Sparse(
            pipeline, settings.budget("budget"), 0, 0, LayerPlan.GroupRule.PER_QUERY_HEAD));
  }
}
