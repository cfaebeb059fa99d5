package dev.adamas.it.containers;

/** Bundles in Apache Felix. */
class FelixTest extends BundleContract {

  @Override
  String frameworkPackage() {
    return "org.apache.felix.";
  }
}
