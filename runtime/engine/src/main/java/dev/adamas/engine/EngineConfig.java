package dev.adamas.engine;

import dev.adamas.api.KvType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What an {@link Engine} does: which policy, on which backends, over which cache.
 *
 * <p>The same in YAML, every key optional:
 *
 * <pre>{@code
 * policy: adamas-dot(budget=64, distance=asymmetric(query=int4))
 * layers:                      # other policies for some layers
 *   0-3: full
 * backends: [cpu-vector, scalar]
 * threads: 8
 * prefill: dense               # or policy
 * cache:
 *   type: f16                  # f16, bf16 or f32
 *   page-tokens: 256
 *   max-bytes: 8GiB
 * plugins:
 *   directories: [plugins]     # each jar or folder in it is a plugin; watched while running
 *   pins: {mine.jar: 5e88...}  # SHA-256 of each jar that may be loaded, or a list of them
 *   native-access: [com.example.mine]
 * swap:                        # changes of policy while sequences are decoded
 *   grace-tokens: 256
 *   failure-threshold: 3
 *   timeout: 5min
 *   builders: 1
 *   watchdog: 10s
 * }</pre>
 *
 * <p>A policy or backend can also be written as a mapping, {@code {name: adamas-dot, budget: 64}};
 * the values of its options may be mappings again.
 *
 * @param policy the policy of {@link Engine#open(dev.adamas.api.ModelShape)}
 * @param layers layers that follow another policy than {@code policy}
 * @param backends backends in the order in which they are asked; empty for {@code cpu-vector}, then
 *     {@code scalar}, as far as they are on the path
 * @param threads threads that kernels run on, the caller's own included
 * @param prefill what attends while a session reads its prompt
 * @param cache the engine's own cache
 * @param plugins folders of plugins, and what plugins may do
 * @param swap how policies are changed and watched while sequences are decoded
 */
public record EngineConfig(
    Reference policy,
    List<LayerOverride> layers,
    List<Reference> backends,
    int threads,
    Prefill prefill,
    Cache cache,
    PluginSettings plugins,
    Swapping swap) {

  /** Threads beyond this are a mistake in every machine that exists. */
  static final int MAX_THREADS = 4096;

  private static final int MAX_BUILDERS = 64;

  /** What attends while a session is in {@link Session.Phase#PREFILL}. */
  public enum Prefill {
    /** Every token sees every token before it; the index is built when decoding starts. */
    DENSE,
    /**
     * The policy. Where its quantiser needs calibration it attends densely all the same, because
     * calibration waits for the end of the prompt.
     */
    POLICY
  }

  /**
   * Layers that follow another policy.
   *
   * @param first from 0
   * @param last inclusive
   * @param policy their policy; its own layer rules apply too
   */
  public record LayerOverride(int first, int last, Reference policy) {
    /** Refuses an empty range. */
    public LayerOverride {
      if (first < 0 || last < first) {
        throw new IllegalArgumentException(
            "Layers "
                + first
                + "-"
                + last
                + " are no range; write the lower layer first, from 0 on.");
      }
    }

    /** The range as configuration writes it. */
    String range() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  /**
   * The paged KV cache that the engine owns.
   *
   * @param type number format of keys and values
   * @param pageTokens tokens per page, a power of two from 16 to 65536
   * @param maxBytes bytes that all caches of the engine may use together; where empty, what the
   *     machine has left
   */
  public record Cache(KvType type, int pageTokens, OptionalLong maxBytes) {
    /** Refuses a page size that is no power of two in range, and a limit below one byte. */
    public Cache {
      if (pageTokens < 16 || pageTokens > 1 << 16 || Integer.bitCount(pageTokens) != 1) {
        throw new IllegalArgumentException(
            "cache.page-tokens is "
                + pageTokens
                + "; it must be a power of two from 16 to 65536, such as 256.");
      }
      if (maxBytes.isPresent() && maxBytes.getAsLong() < 1) {
        throw new IllegalArgumentException(
            "cache.max-bytes is "
                + maxBytes.getAsLong()
                + "; it must be at least 1 byte, such as 8GiB.");
      }
    }

    /** fp16 in pages of 256 tokens, limited by the machine. */
    public static Cache defaults() {
      return new Cache(KvType.F16, 256, OptionalLong.empty());
    }
  }

  /**
   * Where plugins come from besides the class path and module path.
   *
   * @param directories folders that are watched, see {@link PluginDirectory}; relative ones start
   *     at the working directory
   * @param pins which jars may be loaded
   * @param nativeAccess modules of these folders that may call native code
   */
  public record PluginSettings(List<Path> directories, Pins pins, Set<String> nativeAccess) {
    /** Copies; refuses a folder named twice. */
    public PluginSettings {
      directories = List.copyOf(directories);
      nativeAccess = Set.copyOf(nativeAccess);
      List<Path> absolute =
          directories.stream().map(d -> d.toAbsolutePath().normalize()).distinct().toList();
      if (absolute.size() < directories.size()) {
        throw new IllegalArgumentException(
            "plugins.directories names one folder twice; keep one entry.");
      }
    }

    /** No folder, every jar, no native code. */
    public static PluginSettings none() {
      return new PluginSettings(List.of(), Pins.off(), Set.of());
    }

    /** How folders are watched. */
    PluginDirectory.Options options() {
      return PluginDirectory.Options.defaults().pins(pins).nativeAccess(nativeAccess);
    }
  }

  /**
   * How policies are changed and watched while sequences are decoded.
   *
   * @param graceTokens steps for which a sequence keeps the policy that it left, so that going back
   *     costs nothing; from 0
   * @param failureThreshold at so many failed layers of steps a policy is rolled back; until then
   *     each such layer and token attends densely instead; at least 1
   * @param timeout of a swap, from its start to the change; above 0
   * @param builders threads that build indexes in the background, from 1 to 64; a swap runs on one
   * @param watchdog a layer's step that takes longer is reported; above 0
   */
  public record Swapping(
      int graceTokens, int failureThreshold, Duration timeout, int builders, Duration watchdog) {
    /** Refuses values out of range. */
    public Swapping {
      atLeast("grace-tokens", graceTokens, 0);
      atLeast("failure-threshold", failureThreshold, 1);
      atLeast("builders", builders, 1);
      if (builders > MAX_BUILDERS) {
        throw new IllegalArgumentException(
            "swap.builders is " + builders + "; it must be at most " + MAX_BUILDERS + ".");
      }
      positive("timeout", timeout);
      positive("watchdog", watchdog);
    }

    /** 256 tokens of grace, 3 failures, 5 minutes, 1 builder, a watchdog of 10 seconds. */
    public static Swapping defaults() {
      return new Swapping(256, 3, Duration.ofMinutes(5), 1, Duration.ofSeconds(10));
    }

    private static void atLeast(String key, int value, int least) {
      if (value < least) {
        throw new IllegalArgumentException(
            "swap." + key + " is " + value + "; it must be at least " + least + ".");
      }
    }

    private static void positive(String key, Duration value) {
      if (!value.isPositive()) {
        throw new IllegalArgumentException("swap." + key + " must be above 0, such as 10s.");
      }
    }
  }

  /**
   * Copies the lists; refuses layers that overlap, a backend named twice and a thread count below
   * 1.
   */
  public EngineConfig {
    layers = List.copyOf(layers);
    backends = List.copyOf(backends);
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "threads is " + threads + "; it must lie between 1 and " + MAX_THREADS + ".");
    }
    for (int i = 0; i < layers.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (layers.get(i).first() <= layers.get(j).last()
            && layers.get(j).first() <= layers.get(i).last()) {
          throw new IllegalArgumentException(
              "Layers %s and %s overlap; give each layer one policy."
                  .formatted(layers.get(j).range(), layers.get(i).range()));
        }
      }
    }
    List<String> ids = backends.stream().map(Reference::id).toList();
    ids.stream()
        .filter(id -> ids.indexOf(id) != ids.lastIndexOf(id))
        .findFirst()
        .ifPresent(
            id -> {
              throw new IllegalArgumentException(
                  "Backend " + id + " is listed twice; keep one entry.");
            });
  }

  /** Dense attention with every default. */
  public static EngineConfig defaults() {
    return builder().build();
  }

  /**
   * Reads YAML.
   *
   * @throws IllegalArgumentException where the text is not a configuration: one sentence that names
   *     the place and lists what exists there
   */
  public static EngineConfig parse(String yaml) {
    return ConfigReader.parse(yaml, "The configuration", defaults());
  }

  /**
   * Reads a YAML file.
   *
   * @throws IllegalArgumentException where it cannot be read or is not a configuration
   */
  public static EngineConfig read(Path file) {
    return read(file, defaults());
  }

  /**
   * Reads a YAML file over other defaults, those of an application, say.
   *
   * @param defaults what holds where the file says nothing
   * @throws IllegalArgumentException where it cannot be read or is not a configuration
   */
  public static EngineConfig read(Path file, EngineConfig defaults) {
    return ConfigReader.read(file, defaults);
  }

  /** A builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from this configuration. */
  public Builder toBuilder() {
    Builder builder =
        new Builder()
            .policy(policy)
            .threads(threads)
            .prefill(prefill)
            .cache(cache)
            .plugins(plugins)
            .swap(swap);
    builder.backends.addAll(backends);
    builder.layers.addAll(layers);
    return builder;
  }

  /** Collects a configuration. */
  public static final class Builder {

    private Reference policy = Reference.of("full");
    private final List<LayerOverride> layers = new ArrayList<>();
    private final List<Reference> backends = new ArrayList<>();
    private int threads = Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors());
    private Prefill prefill = Prefill.DENSE;
    private Cache cache = Cache.defaults();
    private PluginSettings plugins = PluginSettings.none();
    private Swapping swap = Swapping.defaults();

    private Builder() {}

    /** Sets the policy, {@code full} where it is not set. */
    public Builder policy(String reference) {
      return policy(Reference.parse(reference));
    }

    /** Sets the policy. */
    public Builder policy(Reference reference) {
      policy = reference;
      return this;
    }

    /** Lets layers {@code first} to {@code last} (inclusive) follow another policy. */
    public Builder layers(int first, int last, String reference) {
      return layers(first, last, Reference.parse(reference));
    }

    /** Lets layers {@code first} to {@code last} (inclusive) follow another policy. */
    public Builder layers(int first, int last, Reference reference) {
      layers.add(new LayerOverride(first, last, reference));
      return this;
    }

    Builder withoutLayers() {
      layers.clear();
      return this;
    }

    /** Sets the backends in the order in which they are asked. */
    public Builder backends(String... references) {
      return backends(Stream.of(references).map(Reference::parse).toList());
    }

    /** Sets the backends in the order in which they are asked. */
    public Builder backends(List<Reference> references) {
      backends.clear();
      backends.addAll(references);
      return this;
    }

    /** Sets the number of threads; every processor where it is not set. */
    public Builder threads(int threads) {
      this.threads = threads;
      return this;
    }

    /** Sets what attends during prefill. */
    public Builder prefill(Prefill prefill) {
      this.prefill = prefill;
      return this;
    }

    /** Sets the cache. */
    public Builder cache(Cache cache) {
      this.cache = cache;
      return this;
    }

    /** Sets where plugins come from besides the class path and module path. */
    public Builder plugins(PluginSettings plugins) {
      this.plugins = plugins;
      return this;
    }

    /** Sets how policies are changed while sequences are decoded. */
    public Builder swap(Swapping swap) {
      this.swap = swap;
      return this;
    }

    /**
     * The configuration.
     *
     * @throws IllegalArgumentException where parts contradict each other
     */
    public EngineConfig build() {
      return new EngineConfig(policy, layers, backends, threads, prefill, cache, plugins, swap);
    }
  }
}
