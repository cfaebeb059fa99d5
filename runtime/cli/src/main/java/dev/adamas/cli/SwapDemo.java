package dev.adamas.cli;

import dev.adamas.engine.Engine;
import dev.adamas.engine.Reference;
import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapOptions;
import dev.adamas.engine.SwapState;
import dev.adamas.model.Model;
import dev.adamas.model.Sampler;
import dev.adamas.model.SamplerSettings;
import dev.adamas.model.Sequence;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/**
 * Answers once per policy, and changes to the next policy in the midst of each answer: one sequence
 * that lives through all of them.
 */
final class SwapDemo {

  /** Tokens of the answer before the change: some digits of the key on either side. */
  private static final int BEFORE = 3;

  /** Steps for which the policy before is kept; the rest of the answer is longer. */
  private static final int GRACE = 3;

  private static final Duration LIMIT = Duration.ofMinutes(2);

  /**
   * A change.
   *
   * @param from the policy that began the answer
   * @param before the answer's part before the change
   * @param after the rest of it
   */
  record Change(
      String from,
      String to,
      String before,
      String after,
      String expected,
      boolean correct,
      SwapReport swap) {}

  private final Terminal terminal;
  private final Engine engine;
  private final Model model;

  SwapDemo(Terminal terminal, Engine engine, Model model) {
    this.terminal = terminal;
    this.engine = engine;
    this.model = model;
  }

  /**
   * Runs to the end.
   *
   * @param sequence the prompt without its last token, read under the first policy
   * @param policies the first one and those that follow it
   * @param names of the policies, for people
   */
  List<Change> run(
      Sequence sequence,
      int lastOfPrompt,
      List<Reference> policies,
      List<String> names,
      String expected) {
    List<Change> changes = new ArrayList<>();
    int read = sequence.length();
    for (int i = 1; i < policies.size(); i++) {
      if (terminal.stopped().get()) {
        throw new CancellationException();
      }
      sequence.truncate(read);
      changes.add(
          change(
              sequence, lastOfPrompt, policies.get(i), names.get(i - 1), names.get(i), expected));
    }
    return changes;
  }

  private Change change(
      Sequence sequence,
      int lastOfPrompt,
      Reference to,
      String fromName,
      String toName,
      String expected) {
    int prompt = sequence.length() + 1;
    Sampler sampler = Sampler.of(SamplerSettings.greedy());
    int[] tokens = new int[Contestant.ANSWER_TOKENS];
    sequence.decode(lastOfPrompt);
    for (int i = 0; i < BEFORE; i++) {
      tokens[i] = sampler.next(sequence.logits());
      sequence.decode(tokens[i]);
    }
    Swap swap = engine.swap(to, SwapOptions.tokenBoundary(sequence.session()).withGrace(GRACE));
    // So that the change comes in the midst of the answer; a host would just go on.
    await(swap, SwapState.GRACE);
    for (int i = BEFORE; i < tokens.length; i++) {
      tokens[i] = sampler.next(sequence.logits());
      sequence.decode(tokens[i]);
    }
    await(swap, SwapState.VERIFY);
    SwapReport report = SwapReport.of(ended(swap), BEFORE, prompt);
    String before = model.tokenizer().decode(Arrays.copyOf(tokens, BEFORE));
    String all = firstWord(model.tokenizer().decode(tokens));
    String shown = before.strip();
    return new Change(
        fromName,
        toName,
        all.startsWith(shown) ? shown : all,
        all.startsWith(shown) ? all.substring(shown.length()) : "",
        expected,
        all.equals(expected),
        report);
  }

  private static String firstWord(String text) {
    return Arrays.stream(text.strip().split("[\\s.]", 2)).findFirst().orElse("");
  }

  private static void await(Swap swap, SwapState state) {
    try {
      swap.await(state, LIMIT);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CancellationException();
    }
  }

  private static Swap ended(Swap swap) {
    try {
      swap.await(LIMIT);
      return swap;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CancellationException();
    }
  }

  /** The states as columns, a change per row. */
  static void print(List<Change> changes, PrintStream out) {
    List<String> states =
        SwapReport.states().stream()
            .filter(state -> changes.stream().anyMatch(c -> c.swap().statesMs().containsKey(state)))
            .toList();
    List<Table.Column> columns = new ArrayList<>();
    columns.add(new Table.Column("from", Table.Align.LEFT));
    columns.add(new Table.Column("to", Table.Align.LEFT));
    columns.add(new Table.Column("answer", Table.Align.LEFT));
    columns.add(new Table.Column("", Table.Align.LEFT));
    columns.add(new Table.Column("outcome", Table.Align.LEFT));
    states.forEach(state -> columns.add(new Table.Column(state, Table.Align.RIGHT)));
    columns.add(new Table.Column("pause", Table.Align.RIGHT));
    columns.add(new Table.Column("built", Table.Align.RIGHT));
    var table = new Table(columns);
    for (Change change : changes) {
      List<String> row = new ArrayList<>();
      row.add(change.from());
      row.add(change.to());
      row.add(change.before() + "|" + change.after());
      row.add(change.correct() ? "right" : "wrong");
      row.add(change.swap().outcome());
      states.forEach(
          state ->
              row.add(
                  change.swap().statesMs().containsKey(state)
                      ? ms(change.swap().statesMs().getOrDefault(state, 0.0))
                      : "-"));
      row.add(ms(change.swap().pauseMs()));
      row.add("%d".formatted(change.swap().builtTokens()));
      table.row(row);
    }
    table.print(out);
    out.printf(
        Locale.ROOT,
        "%nMilliseconds in each state. The policy changes at the bar, between two tokens; pause: how"
            + " long the sequence waited for it. Grace: the %d tokens for which the policy before is"
            + " kept. Built: tokens that the background brought into indexes, over all layers.%n",
        GRACE);
    changes.stream()
        .map(Change::swap)
        .filter(swap -> !swap.reason().isEmpty())
        .forEach(swap -> out.println(swap.reason()));
  }

  private static String ms(double value) {
    return String.format(Locale.ROOT, value < 0.1 ? "%.3f" : "%.1f", value);
  }
}
