package dev.adamas.model;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.engine.Engine;
import dev.adamas.model.decoder.Decoder;
import dev.adamas.model.decoder.DecoderConfig;
import dev.adamas.model.decoder.DecoderWeights;
import dev.adamas.model.decoder.ModelException;
import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A language model on an engine. The weights stay in the mapped file: loading reads its header, and
 * memory holds what has been used, which the system may take back.
 *
 * <p>Any number of sequences may be open, on any threads; their computations take turns, each using
 * all of the engine's threads. Close sequences first, then the model, then the engine.
 */
public final class Model implements AutoCloseable {
  /**
   * Tokens of a prompt that go through together. Twice as many gain 2 % and take twice the buffers.
   */
  private static final int CHUNK = 512;

  /** Alignment of a mapped file. */
  private static final int PAGE = 4096;

  private static final String EMBEDDED = "adamas-tiny-32k.q8_0.gguf";

  private final GgufFile file;
  private final Engine engine;
  private final Tokenizer tokenizer;
  private final Decoder decoder;

  private Model(GgufFile file, Engine engine) {
    this.file = file;
    this.engine = engine;
    tokenizer = Tokenizer.of(file.metadata());
    decoder = new Decoder(DecoderWeights.read(file), engine.workers(), CHUNK);
    if (tokenizer.vocabularySize() > decoder.config().vocabulary()) {
      throw new ModelException(
          "%s names %d tokens but has weights for %d; use a file that is a complete model."
              .formatted(file.name(), tokenizer.vocabularySize(), decoder.config().vocabulary()));
    }
  }

  /**
   * Loads a model from a GGUF file.
   *
   * @param engine runs its attention; not closed with the model
   * @throws dev.adamas.model.gguf.GgufException if the file is no sound GGUF file
   * @throws ModelException if it is a model that cannot be run
   */
  public static Model load(Path path, Engine engine) {
    GgufFile file = GgufFile.open(path);
    try {
      return new Model(file, engine);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Loads the small model that comes with this library: 8 layers, a context of 32768 tokens,
   * trained on public-domain English novels and on retrieving pass keys.
   *
   * @param engine runs its attention; not closed with the model
   */
  public static Model embedded(Engine engine) {
    try (InputStream in = Model.class.getResourceAsStream(EMBEDDED)) {
      if (in == null) {
        throw new ModelException(
            "The embedded model is missing from this build; build with the resources of runtime/model.");
      }
      // Off the heap, as a mapped file is: weights on the heap make every access of a segment go
      // through one more kind of memory, and prompts a fifth slower.
      byte[] bytes = in.readAllBytes();
      MemorySegment file = Arena.ofAuto().allocate(bytes.length, PAGE);
      file.copyFrom(MemorySegment.ofArray(bytes));
      return new Model(GgufFile.of(EMBEDDED, file), engine);
    } catch (IOException e) {
      throw new ModelException(
          "The embedded model cannot be read (%s); build the library again."
              .formatted(e.getMessage()));
    }
  }

  /** Opens an empty sequence that follows the engine's configured policy, changes included. */
  public Sequence open() {
    return new Sequence(decoder, engine.open(config().shape()));
  }

  /**
   * Opens an empty sequence.
   *
   * @param policy attends while decoding
   * @throws IllegalArgumentException if no backend can run the policy on this model's shape
   */
  public Sequence open(AttentionPolicy policy) {
    return new Sequence(decoder, engine.open(config().shape(), policy));
  }

  /** The engine that runs its attention. */
  public Engine engine() {
    return engine;
  }

  /** The file it was loaded from: metadata, tensors and their types. */
  public GgufFile file() {
    return file;
  }

  /** Its tokenizer. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** Its numbers: architecture, shape, context. */
  public DecoderConfig config() {
    return decoder.config();
  }

  /** Unmaps the file; its sequences must not be used afterwards. */
  @Override
  public void close() {
    file.close();
  }
}
