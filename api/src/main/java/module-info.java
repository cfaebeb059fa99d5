/**
 * The SPI of Adamas: what an attention policy, a pipeline stage and a compute backend are, and the
 * values they exchange. It depends on nothing but {@code java.base}; plugins need nothing else on
 * their path.
 */
@org.jspecify.annotations.NullMarked
module dev.adamas.api {
  requires static org.jspecify;

  exports dev.adamas.api;
}
