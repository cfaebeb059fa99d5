package dev.adamas.model.tokenizer;

/** What a token is for. */
public enum TokenType {
  /** A piece of text. */
  NORMAL,
  /** Stands for text that the vocabulary cannot express. */
  UNKNOWN,
  /** Steers the model, such as the begin or the end of a text; it has no text of its own. */
  CONTROL,
  /** A piece of text that is always one token wherever it occurs. */
  USER_DEFINED,
  /** A place in the vocabulary that no text leads to. */
  UNUSED,
  /** One byte, for characters that the vocabulary lacks. */
  BYTE;

  /** The type of that number in a GGUF file; unknown numbers are unused places. */
  static TokenType of(int number) {
    return switch (number) {
      case 1 -> NORMAL;
      case 2 -> UNKNOWN;
      case 3 -> CONTROL;
      case 4 -> USER_DEFINED;
      case 6 -> BYTE;
      default -> UNUSED;
    };
  }
}
