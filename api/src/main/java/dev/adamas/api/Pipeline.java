package dev.adamas.api;

/**
 * How a sparse plan finds the tokens that matter: transform, quantise, score, select.
 *
 * <p>Two pipelines are equal where their {@linkplain #spec specs} are.
 */
public record Pipeline(
    Transform transform, Quantizer quantizer, Distance distance, Selector selector) {

  /** Refuses a distance that cannot read the quantiser's codes. */
  public Pipeline {
    distance
        .incompatibility(quantizer)
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(reason);
            });
  }

  /** The four specs in pipeline order, as text. */
  public String spec() {
    return transform.spec()
        + " > "
        + quantizer.spec()
        + " > "
        + distance.spec()
        + " > "
        + selector.spec();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Pipeline that && spec().equals(that.spec());
  }

  @Override
  public int hashCode() {
    return spec().hashCode();
  }

  @Override
  public String toString() {
    return spec();
  }
}
