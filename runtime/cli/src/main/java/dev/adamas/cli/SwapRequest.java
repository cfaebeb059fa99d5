package dev.adamas.cli;

import dev.adamas.engine.Reference;
import dev.adamas.eval.Budgets;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A change of policy while a text is generated.
 *
 * @param token generated tokens after which it is asked for, from 0
 * @param policy with its budget
 */
record SwapRequest(int token, Reference policy) {

  /** Reads {@code TOKEN:POLICY[:BUDGET]}; colons inside of parentheses belong to the policy. */
  static final class Converter implements ITypeConverter<SwapRequest> {
    @Override
    public SwapRequest convert(String text) {
      int colon = text.indexOf(':');
      if (colon < 1 || !text.substring(0, colon).chars().allMatch(Character::isDigit)) {
        throw new TypeConversionException(
            "'%s' must be TOKEN:POLICY or TOKEN:POLICY:BUDGET, such as 20:quest:64"
                .formatted(text));
      }
      int token;
      try {
        token = Integer.parseInt(text.substring(0, colon));
      } catch (NumberFormatException _) {
        throw new TypeConversionException(
            "'%s' is no number of tokens".formatted(text.substring(0, colon)));
      }
      String rest = text.substring(colon + 1);
      int budget = budgetColon(rest);
      var one = new MachineOptions.ReferenceConverter();
      return budget < 0
          ? new SwapRequest(token, one.convert(rest))
          : new SwapRequest(
              token,
              Budgets.set(one.convert(rest.substring(0, budget)), rest.substring(budget + 1)));
    }

    /** Where a budget begins, or -1: budgets may have colons too, so it is the first one. */
    private static int budgetColon(String text) {
      int depth = 0;
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ':' && depth == 0) {
          return i;
        }
      }
      return -1;
    }
  }
}
