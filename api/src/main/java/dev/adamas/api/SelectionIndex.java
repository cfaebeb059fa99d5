package dev.adamas.api;

/**
 * What a kernel remembers of one layer of one sequence beside the cache: codes, scales, page
 * bounds. Opaque to everyone but the kernel that opened it. Its memory belongs to the arena it was
 * opened in; a closed arena makes every use throw {@link IllegalStateException}.
 */
public interface SelectionIndex {

  /** Tokens it covers. */
  int length();

  /** The {@link KvView#generation} it was last brought in line with. */
  long generation();

  /** Bytes of memory that it uses for its tokens. */
  long bytes();
}
