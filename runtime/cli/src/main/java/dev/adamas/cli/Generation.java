package dev.adamas.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.adamas.api.ComponentSpec;
import dev.adamas.engine.SessionDescription;
import dev.adamas.engine.SessionStatistics;
import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapOptions;
import dev.adamas.model.Model;
import dev.adamas.model.Sampler;
import dev.adamas.model.Sequence;
import dev.adamas.model.TokenProbability;
import dev.adamas.model.tokenizer.StreamingDetokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;

/**
 * Reads a prompt and continues it: the text goes to standard output as it comes, one line of
 * statistics to standard error at the end, also where the user stops it.
 */
final class Generation {

  /**
   * What was generated.
   *
   * @param promptTokens the prompt as the model read it
   * @param generatedTokens without the token that ended the text
   * @param decodeMsPerToken mean; 0 where no token was decoded
   * @param attentionMsPerToken the part of it that the attention took
   * @param top per step the most likely tokens, as pairs of token and probability; also of the step
   *     whose token ended the text
   * @param swaps changes of policy, in the order in which they were asked for
   */
  record Result(
      String model,
      List<Integer> promptTokens,
      List<Integer> generatedTokens,
      String text,
      double prefillMs,
      double decodeMsPerToken,
      double attentionMsPerToken,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<List<List<Number>>> top,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<SwapReport> swaps) {}

  /** A swap that was asked for. */
  private record Asked(Swap swap, int at) {}

  /** Prompts shorter than this are read before a bar could be seen. */
  private static final int BAR_FROM = 1024;

  private final Terminal terminal;
  private final Model model;
  private final Sequence sequence;
  private final Sampler sampler;
  private final int top;
  private final List<SwapRequest> requests;
  private final List<Asked> asked = new ArrayList<>();

  private final List<Integer> generated = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private final List<List<List<Number>>> alternatives = new ArrayList<>();
  private double prefillMs;
  private long decodeNanos;

  /**
   * @param sequence empty
   * @param top how many alternatives to keep per token
   * @param requests changes of policy to ask for on the way
   */
  Generation(
      Terminal terminal,
      Model model,
      Sequence sequence,
      Sampler sampler,
      int top,
      List<SwapRequest> requests) {
    this.terminal = terminal;
    this.model = model;
    this.sequence = sequence;
    this.sampler = sampler;
    this.top = top;
    this.requests = List.copyOf(requests);
  }

  Result run(int[] prompt, int maxTokens) {
    boolean read = read(prompt);
    String end = read ? generate(maxTokens) : "";
    SessionStatistics.Work work = sequence.session().statistics().decode();
    double steps = Math.max(1, work.steps());
    var result =
        new Result(
            model.file().name(),
            Arrays.stream(prompt).boxed().toList(),
            List.copyOf(generated),
            text.toString(),
            prefillMs,
            decodeNanos / 1e6 / steps,
            work.attentionNanos() / 1e6 / steps,
            List.copyOf(alternatives),
            asked.stream().map(a -> SwapReport.of(a.swap(), a.at(), prompt.length)).toList());
    if (read) {
      printStatistics(result, (work.kvBytesRead() + work.indexBytesRead()) / steps, end);
      result.swaps().forEach(swap -> terminal.err().println(swap.line()));
    } else {
      terminal
          .err()
          .printf("Stopped while reading the prompt of %d tokens; %s.%n", prompt.length, policy());
    }
    return result;
  }

  /** Whether the prompt was read to its end. */
  private boolean read(int[] prompt) {
    long start = System.nanoTime();
    var progress = new Progress(terminal, "Reading", prompt.length, System::nanoTime);
    boolean bar = terminal.interactive() && prompt.length >= BAR_FROM;
    try {
      sequence.prefill(
          prompt,
          done -> {
            if (terminal.stopped().get()) {
              throw new CancellationException();
            }
            if (bar) {
              progress.update(done);
            }
          });
    } catch (CancellationException _) {
      return false;
    }
    for (int token : prompt) {
      sampler.accept(token);
    }
    prefillMs = (System.nanoTime() - start) / 1e6;
    return true;
  }

  /** Why it ended. */
  private String generate(int maxTokens) {
    StreamingDetokenizer detokenizer = model.tokenizer().detokenizer(true);
    String end = "";
    while (end.isEmpty()) {
      swap();
      List<List<Number>> candidates =
          TokenProbability.top(sequence.logits(), top).stream()
              .map(c -> List.<Number>of(c.token(), c.probability()))
              .toList();
      if (top > 0) {
        alternatives.add(candidates);
      }
      int token = sampler.next(sequence.logits());
      if (model.tokenizer().endsGeneration(token)) {
        end = "ended by the model";
      } else {
        generated.add(token);
        print(detokenizer.append(token));
        end = next(token, maxTokens);
      }
    }
    print(detokenizer.flush());
    terminal.out().println();
    return end;
  }

  /** Asks for the changes that are due. */
  private void swap() {
    for (SwapRequest request : requests) {
      if (request.token() == generated.size()) {
        Swap swap =
            model.engine().swap(request.policy(), SwapOptions.tokenBoundary(sequence.session()));
        asked.add(new Asked(swap, generated.size()));
      }
    }
  }

  /** Decodes the token, unless it was the last one; why it was, else empty. */
  private String next(int token, int maxTokens) {
    if (terminal.stopped().get()) {
      return "stopped";
    }
    if (terminal.out().checkError()) {
      return "stopped because standard output is closed";
    }
    if (generated.size() == maxTokens) {
      return "ended at %d tokens".formatted(maxTokens);
    }
    if (sequence.length() == model.config().context()) {
      return "ended because the context of %d tokens is full".formatted(model.config().context());
    }
    long start = System.nanoTime();
    sequence.decode(token);
    decodeNanos += System.nanoTime() - start;
    return "";
  }

  private void print(String piece) {
    text.append(piece);
    terminal.out().print(piece);
    terminal.out().flush();
  }

  private void printStatistics(Result result, double bytesPerToken, String end) {
    terminal
        .err()
        .printf(
            Locale.ROOT,
            "%d prompt tokens in %.0f ms (%.0f/s), %d generated at %.2f ms (attention %.2f ms, %.2f MB"
                + " read) per token; %s; %s.%n",
            result.promptTokens().size(),
            result.prefillMs(),
            result.promptTokens().size() / Math.max(1e-3, result.prefillMs()) * 1e3,
            result.generatedTokens().size(),
            result.decodeMsPerToken(),
            result.attentionMsPerToken(),
            bytesPerToken / 1e6,
            policy(),
            end);
  }

  /** The policy with its budget and where it runs, short enough for the line. */
  private String policy() {
    ComponentSpec spec = sequence.session().policy().spec();
    String budget = spec.params().get("budget");
    return spec.name()
        + (budget == null ? "" : "(budget=%s)".formatted(budget))
        + sequence.session().describe().layers().stream()
            .map(SessionDescription.Layer::backend)
            .distinct()
            .collect(Collectors.joining(" and ", " on ", ""));
  }
}
