package dev.adamas.cli;

import dev.adamas.engine.Reference;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;

/** Policies separated by commas. */
record PolicyList(List<Reference> references) {

  /** Copies the list. */
  PolicyList {
    references = List.copyOf(references);
  }

  /** Reads policies; commas inside of parentheses belong to a policy. */
  static final class Converter implements ITypeConverter<PolicyList> {
    @Override
    public PolicyList convert(String text) {
      List<Reference> references = new ArrayList<>();
      var one = new MachineOptions.ReferenceConverter();
      int start = 0;
      int depth = 0;
      for (int i = 0; i <= text.length(); i++) {
        char c = i == text.length() ? ',' : text.charAt(i);
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ',' && (depth == 0 || i == text.length())) {
          references.add(one.convert(text.substring(start, i).strip()));
          start = i + 1;
        }
      }
      return new PolicyList(references);
    }
  }
}
