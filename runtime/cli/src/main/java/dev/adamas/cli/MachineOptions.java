package dev.adamas.cli;

import dev.adamas.api.KvType;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Reference;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options that say where attention runs. */
final class MachineOptions {

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      split = ",",
      converter = ReferenceConverter.class,
      description =
          "The backend, or several in the order in which they are asked (default"
              + " cpu-vector,scalar).")
  private List<Reference> backends = List.of();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads (default: one per processor).")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--kv-type",
      paramLabel = "TYPE",
      converter = KvTypeConverter.class,
      description = "Number format of the KV cache: f16 (the default), bf16 or f32.")
  private Optional<KvType> kvType = Optional.empty();

  /**
   * Puts the options that are given over a configuration.
   *
   * @throws IllegalArgumentException where one does not fit
   */
  void over(EngineConfig base, EngineConfig.Builder builder) {
    if (!backends.isEmpty()) {
      builder.backends(backends);
    }
    threads.ifPresent(builder::threads);
    EngineConfig.Cache cache = base.cache();
    kvType.ifPresent(
        type -> builder.cache(new EngineConfig.Cache(type, cache.pageTokens(), cache.maxBytes())));
  }

  /** Reads references. */
  static final class ReferenceConverter implements ITypeConverter<Reference> {
    @Override
    public Reference convert(String text) {
      try {
        return Reference.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(Sentences.of(e));
      }
    }
  }

  /** Reads number formats as configuration writes them. */
  static final class KvTypeConverter implements ITypeConverter<KvType> {
    @Override
    public KvType convert(String text) {
      for (KvType type : KvType.values()) {
        if (type.name().toLowerCase(Locale.ROOT).equals(text)) {
          return type;
        }
      }
      throw new TypeConversionException("'%s' is not one of f16, bf16, f32".formatted(text));
    }
  }
}
