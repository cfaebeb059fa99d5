package dev.adamas.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Byte-level BPE. A symbol is a token number, or a number beyond the vocabulary for text that a
 * merge makes though it is no token.
 */
final class BpeEncoder implements SegmentEncoder {
  /** Longer words are rare, and the cache keeps a copy of each. */
  private static final int MAX_CACHED_BYTES = 32;

  private static final int MAX_CACHED_WORDS = 1 << 16;

  private final ByteStringTable symbols;
  private final int vocabularySize;
  private final MergeTable merges;
  private final PreTokenizer preTokenizer;

  /** The symbol of each byte. */
  private final int[] bytes = new int[256];

  BpeEncoder(
      ByteStringTable symbols, int vocabularySize, MergeTable merges, PreTokenizer preTokenizer) {
    this.symbols = symbols;
    this.vocabularySize = vocabularySize;
    this.merges = merges;
    this.preTokenizer = preTokenizer;
    for (int b = 0; b < bytes.length; b++) {
      byte[] text = ByteAlphabet.character(b);
      int known = symbols.find(text);
      bytes[b] = known >= 0 ? known : symbols.add(text);
    }
  }

  @Override
  public Session session() {
    return new BpeSession();
  }

  @Override
  public byte[] textBytes(byte[] tokenText) {
    return ByteAlphabet.read(tokenText);
  }

  @Override
  public boolean addsSpace() {
    return false;
  }

  @Override
  public String description() {
    return "byte-level BPE (%s)".formatted(preTokenizer.fileName());
  }

  final class BpeSession extends PairMerger implements Session {
    private final ByteStringTable words = new ByteStringTable();
    private final List<int[]> wordTokens = new ArrayList<>();
    private int[] current = new int[0];
    private byte[] spelled = new byte[0];

    @Override
    public void encode(byte[] text, int from, int to, boolean afterSpecial, IntList tokens) {
      int[] codePoints = Utf8.codePoints(text, from, to);
      IntList ends = new IntList(codePoints.length / 4);
      preTokenizer.split(new PreTokenizer.Characters(codePoints), ends);
      int start = from;
      int character = 0;
      for (int w = 0; w < ends.size(); w++) {
        int end = start;
        for (; character < ends.get(w); character++) {
          end += Utf8.length(codePoints[character]);
        }
        encodeWord(text, start, end, tokens);
        start = end;
      }
    }

    private void encodeWord(byte[] text, int from, int to, IntList tokens) {
      int known = words.find(text, from, to);
      if (known >= 0) {
        tokens.addAll(wordTokens.get(known));
        return;
      }
      int before = tokens.size();
      if (preTokenizer != PreTokenizer.LLAMA3 || !addWhole(text, from, to, tokens)) {
        mergeWord(text, from, to, tokens);
      }
      if (to - from <= MAX_CACHED_BYTES && words.size() < MAX_CACHED_WORDS) {
        words.add(Arrays.copyOfRange(text, from, to));
        wordTokens.add(tokens.toArray(before));
      }
    }

    /** Adds the token that is the whole word, if there is one, whatever the merges would make. */
    private boolean addWhole(byte[] text, int from, int to, IntList tokens) {
      if (to - from > symbols.longest()) {
        return false;
      }
      if (spelled.length < 2 * (to - from)) {
        spelled = new byte[2 * (to - from)];
      }
      int token = symbols.find(spelled, 0, ByteAlphabet.write(text, from, to, spelled));
      if (token < 0 || token >= vocabularySize) {
        return false;
      }
      tokens.add(token);
      return true;
    }

    private void mergeWord(byte[] text, int from, int to, IntList tokens) {
      int count = to - from;
      if (count > current.length) {
        current = new int[Math.max(count, 2 * current.length)];
      }
      for (int i = 0; i < count; i++) {
        current[i] = bytes[text[from + i] & 0xff];
      }
      merge(count);
      for (int i = 0; i != -1; i = next(i)) {
        addSymbol(current[i], tokens);
      }
    }

    /** A symbol that is no token is spelled with those of its characters that are tokens. */
    private void addSymbol(int symbol, IntList tokens) {
      if (symbol < vocabularySize) {
        tokens.add(symbol);
        return;
      }
      byte[] text = symbols.get(symbol);
      for (int i = 0; i < text.length; i++) {
        int token = symbols.find(text, i, i + 1);
        if (token >= 0 && token < vocabularySize) {
          tokens.add(token);
        }
      }
    }

    @Override
    int rank(int left, int right) {
      return merges.rank(current[left], current[right]);
    }

    @Override
    void join(int left, int right) {
      current[left] = merges.union(merges.rank(current[left], current[right]));
    }
  }
}
