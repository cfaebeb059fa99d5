package dev.adamas.eval.report;

/** Colours and shapes that tell policies apart, each pair of them once in 56. */
final class Marker {

  /** Colours that the style sheet defines for light and dark, as {@code .s0} and so on. */
  private static final int COLOURS = 7;

  /** Shapes around the origin, of about the same area. */
  private static final String[] SHAPES = {
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
    "M-3.6,-3.6h7.2v7.2h-7.2z",
    "M0,-4.9L4.6,3.4h-9.2z",
    "M0,-5.2L5.2,0L0,5.2L-5.2,0z",
    "M0,4.9L4.6,-3.4h-9.2z",
    "M-1.6,-4.8h3.2v3.2h3.2v3.2h-3.2v3.2h-3.2v-3.2h-3.2v-3.2h3.2z",
    "M0,-4.9L4.66,-1.51L2.88,3.96L-2.88,3.96L-4.66,-1.51z",
    "M0,-5.6L1.5,-1.8L5.4,-1.7L2.3,0.8L3.4,4.7L0,2.4L-3.4,4.7L-2.3,0.8L-5.4,-1.7L-1.5,-1.8z"
  };

  private Marker() {}

  /** The class that sets the colour. */
  static String colour(int style) {
    return "s" + style % COLOURS;
  }

  /** The outline. */
  static String shape(int style) {
    return SHAPES[style % SHAPES.length];
  }
}
