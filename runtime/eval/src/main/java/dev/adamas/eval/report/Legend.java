package dev.adamas.eval.report;

import java.util.List;

/** Which colour and marker belong to which policy, the same in every chart. */
final class Legend {

  private final List<String> policies;

  /**
   * Makes a legend.
   *
   * @param policies in the order of their styles, without full attention
   */
  Legend(List<String> policies) {
    this.policies = List.copyOf(policies);
  }

  /** The whole list, full attention included. */
  void write(Markup out) {
    out.open("ul", "class", "legend", "aria-label", "Legend");
    out.open("li").open("span", "class", "policy");
    out.open("svg", "viewBox", "-13 -7 26 14", "class", "key", "aria-hidden", "true");
    out.open("g", "class", "full");
    out.empty("line", "x1", "-13", "x2", "13", "y1", "0", "y2", "0").close().close();
    out.open("span").text("full").close().close().close();
    for (String policy : policies) {
      out.open("li");
      key(out, policy);
      out.close();
    }
    out.close().line();
  }

  /** A policy's line, marker and name. */
  void key(Markup out, String policy) {
    int style = policies.indexOf(policy);
    String colour = Marker.colour(style);
    out.open("span", "class", "policy");
    out.open("svg", "viewBox", "-13 -7 26 14", "class", "key", "aria-hidden", "true");
    out.empty("path", "class", "line " + colour, "d", "M-13,0h26");
    out.open("g", "class", "mark " + colour);
    out.empty("path", "d", Marker.shape(style)).close().close();
    out.open("span").name(policy).close().close();
  }
}
