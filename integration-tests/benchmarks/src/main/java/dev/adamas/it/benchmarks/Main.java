package dev.adamas.it.benchmarks;

import java.util.Arrays;
import java.util.List;

/**
 * {@code layer|model|swap|framework [--option value]…}: runs one benchmark and prints its table.
 */
public final class Main {

  private Main() {}

  /** Runs the benchmark named first. */
  public static void main(String[] args) throws Exception {
    List<String> options = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
    switch (args.length == 0 ? "" : args[0]) {
      case "layer" ->
          System.out.print(LayerBenchmark.run(new Arguments(options, LayerBenchmark.DEFAULTS)));
      case "model" ->
          System.out.print(ModelBenchmark.run(new Arguments(options, ModelBenchmark.DEFAULTS)));
      case "swap" ->
          System.out.print(SwapBenchmark.run(new Arguments(options, SwapBenchmark.DEFAULTS)));
      case "framework" ->
          FrameworkBenchmark.run(new Arguments(options, FrameworkBenchmark.DEFAULTS));
      default -> {
        System.err.println("Name a benchmark: layer, model, swap or framework.");
        System.exit(2);
      }
    }
  }
}
