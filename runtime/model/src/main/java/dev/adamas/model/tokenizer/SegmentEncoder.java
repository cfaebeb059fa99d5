package dev.adamas.model.tokenizer;

/**
 * Encodes stretches of text that hold no special tokens. Immutable; a session serves one thread.
 */
sealed interface SegmentEncoder permits BpeEncoder, SentencePieceEncoder {
  /** Scratch space and caches for the segments of one text. */
  sealed interface Session permits BpeEncoder.BpeSession, SentencePieceEncoder.PieceSession {
    /**
     * Adds the tokens of {@code text[from, to)}, which is not empty.
     *
     * @param afterSpecial whether the segment begins the text or follows a special token
     */
    void encode(byte[] text, int from, int to, boolean afterSpecial, IntList tokens);
  }

  Session session();

  /** The bytes of text that a token of type NORMAL stands for. */
  byte[] textBytes(byte[] tokenText);

  /** Whether a space is put before a text. */
  boolean addsSpace();

  String description();
}
