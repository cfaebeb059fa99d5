/** The Adamas stages and policies (arXiv 2510.18413). */
@org.jspecify.annotations.NullMarked
module dev.adamas.policy {
  requires static org.jspecify;
  requires transitive dev.adamas.api;

  exports dev.adamas.policy;

  provides dev.adamas.api.Provider with
      dev.adamas.policy.AdamasProvider;
}
