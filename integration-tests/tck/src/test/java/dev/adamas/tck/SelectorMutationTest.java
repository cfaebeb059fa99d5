package dev.adamas.tck;

import dev.adamas.api.Selector;
import org.junit.jupiter.api.Test;

/** Each check of selectors catches the selector that is broken where it looks. */
class SelectorMutationTest {

  private static final Selector TOP_K = Components.builtIn().get(Selector.class, "top-k");

  private static void selectorCaught(Selector mutant, String by, String... mayAlso) {
    Mutants.caught(SelectorChecks.of(() -> mutant), by, mayAlso);
  }

  @Test
  void selectorsThatPreferHighTies() {
    selectorCaught(new BrokenSelectors.HighTies(TOP_K), "ties-lowest-first");
  }

  @Test
  void selectorsThatPreferNan() {
    selectorCaught(new BrokenSelectors.NanFirst(TOP_K), "nan-last");
  }

  @Test
  void selectorsThatSpendMoreThanTheBudget() {
    selectorCaught(
        new BrokenSelectors.OneMore(TOP_K),
        "within-budget",
        "any-memory",
        "ascending",
        "deterministic",
        "forced-first",
        "leaves-no-thread",
        "nan-last",
        "parallel-use",
        "retains-nothing",
        "ties-lowest-first",
        "whole-output");
  }

  @Test
  void selectorsThatDoNotAscend() {
    selectorCaught(new BrokenSelectors.Unordered(TOP_K), "ascending", "ties-lowest-first");
  }

  @Test
  void selectorsThatLeaveForcedCodesOut() {
    selectorCaught(new BrokenSelectors.Unforced(TOP_K), "forced-first");
  }
}
