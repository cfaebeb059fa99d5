package dev.adamas.it.containers;

import org.junit.jupiter.api.Tag;

/** Bundles in Eclipse Equinox. */
@Tag("equinox")
class EquinoxTest extends BundleContract {

  @Override
  String frameworkPackage() {
    return "org.eclipse.osgi.";
  }
}
