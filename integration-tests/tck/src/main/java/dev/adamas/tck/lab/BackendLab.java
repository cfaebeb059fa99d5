package dev.adamas.tck.lab;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Support;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** What the checks of a backend share: the backend's maker, the oracle, plans, shapes and data. */
public final class BackendLab {

  /** Grouped queries, and one KV head with a group of three; the usual head dimensions. */
  public static final List<ModelShape> SHAPES =
      List.of(ModelShape.of(3, 4, 2, 64), ModelShape.of(3, 3, 1, 128));

  /**
   * How much is tried.
   *
   * @param policies built-in policies, by reference
   * @param shapes shapes
   * @param headDims head dimensions that a backend may well reject
   * @param renamed built-in policies whose stages are replaced by others of similar specs
   * @param longest tokens of the longest context
   */
  public record Scale(
      List<String> policies,
      List<ModelShape> shapes,
      List<Integer> headDims,
      List<String> renamed,
      int longest) {
    /** Every plan, on every shape, up to a context that is long for a test. */
    public static final Scale FULL =
        new Scale(
            Plans.ALL,
            SHAPES,
            List.of(1, 3, 40, 63, 80, 96, 256, 512, 1 << 17),
            List.of("adamas", "adamas-dot", "oracle", "quest"),
            4097);
  }

  /** A plan that the backend accepts. */
  public record Case(String name, LayerPlan plan, ModelShape shape, Support.Accepted accepted) {

    /** The plan, where it selects. */
    public Optional<LayerPlan.Sparse> sparse() {
      return plan instanceof LayerPlan.Sparse sparse ? Optional.of(sparse) : Optional.empty();
    }

    @Override
    public String toString() {
      return "%s on %d query heads, %d KV heads of %d"
          .formatted(name, shape.queryHeads(), shape.kvHeads(), shape.headDim());
    }
  }

  /** Does something with a backend. */
  @FunctionalInterface
  public interface Body {
    /** Does it. */
    void run(ComputeBackend backend) throws Exception;
  }

  /** Tokens that most checks need. */
  private static final int USUAL_TOKENS = 720;

  private record DataKey(ModelShape shape, KvData.Keys keys) {}

  private final Supplier<? extends ComputeBackend> maker;
  private final Supplier<? extends ComputeBackend> oracle;
  private final Plans.Source policies;
  private final List<AttentionPolicy> own;
  private final Scale scale;
  private final Map<DataKey, KvData> data = new HashMap<>();

  /**
   * A lab.
   *
   * @param maker makes the backend
   * @param oracle makes the backend that it is compared with
   * @param policies makes the built-in policies
   * @param own more policies whose plans the backend is checked with
   * @param scale how much is tried
   */
  public BackendLab(
      Supplier<? extends ComputeBackend> maker,
      Supplier<? extends ComputeBackend> oracle,
      Plans.Source policies,
      Collection<? extends AttentionPolicy> own,
      Scale scale) {
    this.maker = maker;
    this.oracle = oracle;
    this.policies = policies;
    this.own = List.copyOf(own);
    this.scale = scale;
  }

  /** Makes the backend, where the machine can run it, and closes it afterwards. */
  public void with(Body body) throws Exception {
    try (ComputeBackend backend = maker.get()) {
      Optional<String> unavailable = backend.unavailable();
      if (unavailable.isPresent()) {
        Expect.sentence("Why the backend is unavailable", unavailable);
        throw new NotApplicable("The backend cannot be used on this machine: " + unavailable.get());
      }
      body.run(backend);
    }
  }

  /** Another instance of the backend. */
  public ComputeBackend make() {
    return maker.get();
  }

  /** How much is tried. */
  public Scale scale() {
    return scale;
  }

  /** The oracle. */
  public ComputeBackend oracle() {
    return oracle.get();
  }

  /** The plans on a shape, whether or not the backend takes them. */
  public List<Plans.Named> plans(ModelShape shape) {
    return Plans.of(policies, own, scale.policies, shape);
  }

  /** What the backend accepts, of all plans on all shapes. */
  public List<Case> cases(ComputeBackend backend) {
    return cases(backend, _ -> true);
  }

  /** What the backend accepts, of some plans on all shapes; skips the check where that is none. */
  public List<Case> cases(ComputeBackend backend, Predicate<LayerPlan> wanted) {
    List<Case> cases = new ArrayList<>();
    for (ModelShape shape : scale.shapes) {
      for (Plans.Named named : plans(shape)) {
        if (wanted.test(named.plan())
            && backend.probe(named.plan(), shape) instanceof Support.Accepted accepted) {
          cases.add(new Case(named.name(), named.plan(), shape, accepted));
        }
      }
    }
    if (cases.isEmpty()) {
      throw new NotApplicable("The backend accepts none of the plans that this is checked with.");
    }
    return cases;
  }

  /** One case of each kind of plan, and one on another shape: for checks that take many steps. */
  public List<Case> few(ComputeBackend backend) {
    List<Case> cases = cases(backend);
    Map<String, Case> few = new LinkedHashMap<>();
    cases.forEach(c -> few.putIfAbsent(kind(c), c));
    few.putIfAbsent("last", cases.getLast());
    return List.copyOf(few.values());
  }

  private static String kind(Case c) {
    return c.sparse()
        .map(
            sparse ->
                "%s over codes of %d tokens with %s"
                    .formatted(
                        sparse.pipeline().distance().spec().id(),
                        sparse.pipeline().quantizer().rowsPerCode(),
                        sparse.tail().getClass().getSimpleName()))
        .orElse(c.plan().getClass().getSimpleName());
  }

  /** Context lengths: tiny, odd, around the calibration length, and long. */
  public List<Integer> lengths() {
    return List.of(1, 3, 127, KvMemory.CALIBRATION, 701, scale.longest);
  }

  /** Keys and values of at least some tokens; the first ones are always the same. */
  public synchronized KvData data(ModelShape shape, KvData.Keys keys, int tokens) {
    DataKey key = new DataKey(shape, keys);
    KvData known = data.get(key);
    if (known == null || known.tokens() < tokens) {
      int enough = tokens <= USUAL_TOKENS ? USUAL_TOKENS : scale.longest;
      long seed = Seed.of("data", keys.name(), shape.headDim());
      known = KvData.random(seed, keys, shape.kvHeads(), enough, shape.headDim());
      data.put(key, known);
    }
    return known;
  }

  /** A cache of some tokens. */
  public KvMemory cache(Case c, KvData.Keys keys, KvType type, KvMemory.Layout layout, int tokens) {
    return new KvMemory(c.shape, type, layout, data(c.shape, keys, tokens)).grow(tokens);
  }

  /** A cache of some tokens in the usual layout. */
  public KvMemory cache(Case c, int tokens) {
    return cache(c, KvData.Keys.OUTLIERS, KvType.F16, KvMemory.Layout.USUAL, tokens);
  }

  /** Random queries of some rows. */
  public static float[] queries(Case c, int rows, RandomGenerator random) {
    return KvData.query(random, rows * c.shape.queryHeads() * c.shape.headDim());
  }
}
