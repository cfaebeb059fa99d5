/** The Adamas stages and policies (arXiv 2510.18413). */
@org.jspecify.annotations.NullMarked
module dev.adamas.policy {
  requires static org.jspecify;
  requires dev.adamas.api;
}
