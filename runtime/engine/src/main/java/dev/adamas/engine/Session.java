package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One sequence: its cache, its policy and its indexes.
 *
 * <p>A step is, for every layer: {@link #append} the keys and values of the new tokens, then {@link
 * #attend} with their queries. Begin with the prompt in one or more such steps ({@link
 * Phase#PREFILL}), call {@link #endPrefill} and go on token by token ({@link Phase#DECODE}).
 *
 * <p>Threading: any thread may use a session, one at a time; a second thread that comes in
 * meanwhile gets an {@link IllegalStateException}. Different sessions run on different threads at
 * the same time, forks that share pages included. After {@link #close} every call that reads or
 * changes the sequence throws {@link IllegalStateException}.
 */
public final class Session implements AutoCloseable {

  /** What a session reads now. */
  public enum Phase {
    /** The prompt: attention is dense (or the policy's, as configured), no index is kept. */
    PREFILL,
    /** Generated tokens: the policy attends. */
    DECODE
  }

  /** Quantisers need this many keys to calibrate on, however short the prompt. */
  static final int LEAST_CALIBRATION = 256;

  private final Engine engine;
  private final long id;
  private final ModelShape shape;
  private final @Nullable PagedCache cache;
  private final KvView[] views;
  private final Running running;
  private final Batch own;
  private final SessionClaim claim = new SessionClaim();

  /** Held by the swap that changes this session; taken in the order of the sessions' ids. */
  private final ReentrantLock swapping = new ReentrantLock();

  private final WorkCounter lastStep = new WorkCounter();
  private final WorkCounter prefillWork = new WorkCounter();
  private final WorkCounter decodeWork = new WorkCounter();
  private volatile Phase phase;

  /**
   * @param id unique in the engine
   * @param binding acquired for this session, which releases it
   * @param configured whether it follows the engine's configured policy
   * @param cache the engine's cache; null for a host's own
   */
  Session(
      Engine engine,
      long id,
      Binding binding,
      boolean configured,
      @Nullable PagedCache cache,
      KvView[] views,
      Phase phase) {
    this.engine = engine;
    this.id = id;
    this.cache = cache;
    this.views = views;
    this.phase = phase;
    shape = binding.shape();
    running = new Running(this, engine, new Active(binding, configured));
    own = new Batch(engine);
  }

  /** A number that no other session of the engine has, as messages and events name it. */
  public long id() {
    return id;
  }

  /** The model's geometry. */
  public ModelShape shape() {
    return shape;
  }

  /** The policy that attends while decoding; a {@link Swap} may change it. */
  public AttentionPolicy policy() {
    return running.active().binding().policy();
  }

  /** What the session reads now. */
  public Phase phase() {
    claim.enter();
    try {
      return phase;
    } finally {
      claim.exit();
    }
  }

  /** Tokens that every layer's cache holds. */
  public int length() {
    claim.enter();
    try {
      return lengthNow();
    } finally {
      claim.exit();
    }
  }

  /** The same, for whoever has the session. */
  int tokens() {
    return lengthNow();
  }

  private int lengthNow() {
    if (cache != null) {
      return cache.length();
    }
    int length = Integer.MAX_VALUE;
    for (KvView view : views) {
      length = Math.min(length, view.length());
    }
    return length;
  }

  /**
   * Sets memory aside for {@code tokens} cached tokens in total, so that no later append up to
   * there fails for lack of memory. Pages are still allocated as they fill. A host that knows how
   * long the prompt and the answer can get calls this before it reads the prompt.
   *
   * @throws CacheMemoryException where there is not enough memory, saying what fits
   */
  public void reserve(int tokens) {
    claim.enter();
    try {
      ownCache("reserve").reserve(tokens);
    } finally {
      claim.exit();
    }
  }

  /**
   * Appends keys and values to a layer's cache, in the cache's number format (values beyond fp16's
   * ±65504 become infinite there; configure bf16 or f32 for such models).
   *
   * @param layer from 0
   * @param keys after RoPE, float32 {@code [tokens][kvHeads][headDim]}, heap or native
   * @param values float32 {@code [tokens][kvHeads][headDim]}, heap or native
   * @param tokens at least 1
   * @throws CacheMemoryException where memory runs out; nothing is appended then
   * @throws IllegalStateException where the cache is the host's own
   */
  public void append(int layer, MemorySegment keys, MemorySegment values, int tokens) {
    claim.enter();
    try {
      PagedCache target = ownCache("append");
      checkLayer(layer);
      if (tokens < 1) {
        throw new IllegalArgumentException("Append at least 1 token, not " + tokens + ".");
      }
      long bytes = 4L * tokens * shape().kvHeads() * shape().headDim();
      checkBytes("keys", keys, bytes, tokens, shape().kvHeads());
      checkBytes("values", values, bytes, tokens, shape().kvHeads());
      target.append(layer, keys, values, tokens);
    } finally {
      claim.exit();
    }
  }

  /**
   * Computes attention of query rows at a layer; row {@code r} of {@code rows} belongs to cached
   * token {@code length - rows + r} and sees the tokens up to its own.
   *
   * @param layer from 0; its cache holds the rows' keys and values already
   * @param rows at least 1
   * @param query after RoPE, float32 {@code [rows][queryHeads][headDim]}
   * @param output float32 {@code [rows][queryHeads][headDim]}, written
   */
  public void attend(int layer, int rows, MemorySegment query, MemorySegment output) {
    attend(layer, rows, query, output, StepProbe.NONE);
  }

  /**
   * The same, watched.
   *
   * @param probe sees the selected positions; slot 0 is this session
   */
  public void attend(
      int layer, int rows, MemorySegment query, MemorySegment output, StepProbe probe) {
    own.single(this, layer, rows, query, output, probe);
  }

  /**
   * Ends the prompt: decoding begins, and the calibration length becomes the length so far (at
   * least 256) unless it was set before.
   */
  public void endPrefill() {
    claim.enter();
    try {
      phase = Phase.DECODE;
      if (cache != null && cache.calibrationLength() == PagedCache.UNCALIBRATED) {
        cache.calibrateAt(Math.max(LEAST_CALIBRATION, cache.length()));
      }
    } finally {
      claim.exit();
    }
  }

  /** Begins a later part of the prompt, such as a user's next turn; the calibration stays. */
  public void beginPrefill() {
    claim.enter();
    try {
      phase = Phase.PREFILL;
    } finally {
      claim.exit();
    }
  }

  /**
   * Forgets all tokens from {@code length} on. For a host's own cache: tells the session that the
   * host has done so, which spares building the index again.
   *
   * @param length from 0 to {@link #length}; for a host's own cache, its length now
   */
  public void truncate(int length) {
    claim.enter();
    try {
      int now = lengthNow();
      if (length < 0 || (cache != null && length > now)) {
        throw new IllegalArgumentException(
            "Truncate to a length from 0 to " + now + ", not " + length + ".");
      }
      if (cache != null) {
        cache.truncate(length);
      }
      for (int layer = 0; layer < views.length; layer++) {
        // A layer that was shorter than the others keeps its length.
        int kept = cache == null ? length : Math.min(length, views[layer].length());
        running.truncate(layer, views[layer], kept);
      }
      running.abandonStep();
    } finally {
      claim.exit();
    }
  }

  /**
   * A second sequence with the same tokens and policy. It shares the cache's pages until one of
   * both writes into them, inherits phase and calibration, and builds its indexes from the keys
   * when it first decodes.
   */
  public Session fork() {
    claim.enter();
    try {
      PagedCache shared = ownCache("fork");
      return engine.opened(
          engine.share(running.active().binding()), configured(), shared.fork(), phase);
    } finally {
      claim.exit();
    }
  }

  /** The same with another policy. */
  public Session fork(AttentionPolicy policy) {
    claim.enter();
    try {
      PagedCache shared = ownCache("fork");
      if (policy().kvEffect() == AttentionPolicy.KvEffect.EVICTS) {
        throw new IllegalStateException(
            "%s has removed tokens from this sequence, so it cannot go on with %s; open another session."
                .formatted(policy().spec(), policy.spec()));
      }
      return engine.opened(engine.bind(policy, shape()), false, shared.fork(), phase);
    } finally {
      claim.exit();
    }
  }

  /** What the session did and holds. */
  public SessionStatistics statistics() {
    claim.enter();
    try {
      return running.statistics(
          lastStep, prefillWork, decodeWork, cache == null ? 0 : cache.bytes());
    } finally {
      claim.exit();
    }
  }

  /** What each layer does and where. */
  public SessionDescription describe() {
    return SessionDescription.of(running.active().binding());
  }

  /**
   * Frees the indexes and the pages that no fork shares. Closing twice does nothing.
   *
   * @throws IllegalStateException where another thread is using the session
   */
  @Override
  public void close() {
    if (isClosed()) {
      return;
    }
    claim.enter();
    try {
      running.close();
      if (cache != null) {
        cache.close();
      }
    } finally {
      claim.close();
      engine.sessions().remove(this);
    }
  }

  Engine engine() {
    return engine;
  }

  /**
   * The cache of a layer, to look at: read-only, and what it says holds until the session is used
   * again. For the session's own thread, between its calls.
   *
   * @param layer from 0
   */
  public KvView view(int layer) {
    return views[layer];
  }

  /** The index that attends at a layer in the current phase. */
  LayerIndex index(int layer) {
    Active active = running.active();
    return phase == Phase.PREFILL ? active.prefill(layer) : active.decode(layer);
  }

  /**
   * Notes that a layer is about to attend; a layer that is not above the last one begins a step.
   */
  void attending(int layer, int rows) {
    if (running.begin(layer)) {
      lastStep.clear();
      lastStep.step(rows);
      phaseWork().step(rows);
    }
  }

  /** What it runs. */
  Running running() {
    return running;
  }

  /**
   * Whether it follows the engine's configured policy: it was opened with that, and no swap of its
   * own has given it another.
   */
  boolean configured() {
    return running.active().follows();
  }

  /** The engine's cache; empty for a host's own. */
  Optional<PagedCache> paged() {
    return Optional.ofNullable(cache);
  }

  Phase phaseNow() {
    return phase;
  }

  ReentrantLock swapping() {
    return swapping;
  }

  /** Makes the moves that were asked for, if nobody uses the session and no step is half done. */
  void tryMoves() {
    if (claim.tryMoving()) {
      try {
        if (running.betweenSteps()) {
          running.makeMoves();
        }
      } finally {
        claim.exit();
      }
    }
  }

  void read(long visibleTokens, long kvBytes, long indexBytes) {
    lastStep.read(visibleTokens, kvBytes, indexBytes);
    phaseWork().read(visibleTokens, kvBytes, indexBytes);
  }

  void time(long attentionNanos, long indexNanos) {
    lastStep.time(attentionNanos, indexNanos);
    phaseWork().time(attentionNanos, indexNanos);
  }

  private WorkCounter phaseWork() {
    return phase == Phase.PREFILL ? prefillWork : decodeWork;
  }

  /** Which thread has it. */
  SessionClaim claim() {
    return claim;
  }

  boolean isClosed() {
    return claim.isClosed();
  }

  void checkLayer(int layer) {
    if (layer < 0 || layer >= views.length) {
      throw new IllegalArgumentException(
          "The model has layers 0 to " + (views.length - 1) + ", not " + layer + ".");
    }
  }

  void checkBytes(String what, MemorySegment segment, long bytes, int rows, int heads) {
    if (segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "The %s of %d rows take %d bytes (float32 [%d][%d][%d]), but the segment has %d."
              .formatted(what, rows, bytes, rows, heads, shape().headDim(), segment.byteSize()));
    }
  }

  private PagedCache ownCache(String operation) {
    if (cache == null) {
      throw new IllegalStateException(
          "This session reads the host's own cache, so the host has to "
              + operation
              + " there; sessions from Engine.open have a cache of their own.");
    }
    return cache;
  }
}
