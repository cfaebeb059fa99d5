package dev.adamas.eval.task;

import dev.adamas.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * {@code niah-multiquery}, after RULER (arXiv 2404.06654): several things have a secret number,
 * each is asked for. The questions come one after the other in one sequence, and the later ones are
 * decoded under the policy too; the score is the share of right answers.
 *
 * <p>RULER asks for all in one question; models without instruction training answer only the first
 * of such a list, whatever they attend to.
 */
final class MultiQueryTask implements Task {

  private static final int QUERIES = 4;

  /** Tokens of a question, its answer included, at most. */
  private static final int QUERY_TOKENS = 40;

  private final Needles needles;

  MultiQueryTask(Needles needles) {
    this.needles = needles;
  }

  @Override
  public String name() {
    return "niah-multiquery";
  }

  @Override
  public int fewestTokens() {
    return 512;
  }

  @Override
  public int decodedTokens() {
    return QUERIES * QUERY_TOKENS;
  }

  @Override
  public Sample sample(int context, int sample, long seed) {
    SecretNumbers numbers =
        SecretNumbers.write(
            needles,
            new SecretNumbers.Layout(
                QUERIES, 1, context - decodedTokens(), needles.depth(sample, seed)),
            things ->
                "\n\nWhat are the secret numbers of %s? The secret number of the %s is"
                    .formatted(SecretNumbers.list(things), things.getFirst()),
            seed);
    int[] tokens = needles.tokens(numbers.text());
    List<int[]> questions = new ArrayList<>();
    questions.add(new int[] {tokens[tokens.length - 1]});
    for (String thing : numbers.things().subList(1, QUERIES)) {
      int[] question =
          needles.tokenizer().encode(" The secret number of the %s is".formatted(thing));
      if (question.length + Needles.VALUE_TOKENS > QUERY_TOKENS) {
        throw new IllegalArgumentException(
            "niah-multiquery does not work with this tokenizer: a question takes %d tokens."
                .formatted(question.length));
      }
      questions.add(question);
    }
    return new Questions(
        needles.tokenizer(),
        Arrays.copyOf(tokens, tokens.length - 1),
        List.copyOf(questions),
        numbers.values());
  }

  /** Question after question. */
  private static final class Questions implements Sample {

    private final Tokenizer tokenizer;
    private final int[] prompt;
    private final List<int[]> given;
    private final List<String> values;

    Questions(Tokenizer tokenizer, int[] prompt, List<int[]> given, List<String> values) {
      this.tokenizer = tokenizer;
      this.prompt = prompt;
      this.given = given;
      this.values = values;
    }

    @Override
    public int[] prompt() {
      return prompt.clone();
    }

    @Override
    public List<int[]> given() {
      return given;
    }

    @Override
    public Outcome run(Decoding decoding) {
      int right = 0;
      for (int i = 0; i < given.size(); i++) {
        if (i > 0) {
          for (int token : tokenizer.encode(".")) {
            decoding.decode(token);
          }
        }
        for (int token : given.get(i)) {
          decoding.decode(token);
        }
        String answer =
            AnswerSample.answer(
                tokenizer, decoding, Needles.VALUE_TOKENS - 1, Needles::valueComplete);
        right += Needles.value(answer).equals(values.get(i)) ? 1 : 0;
      }
      return new Outcome((double) right / given.size(), Collections.emptySortedMap());
    }
  }
}
