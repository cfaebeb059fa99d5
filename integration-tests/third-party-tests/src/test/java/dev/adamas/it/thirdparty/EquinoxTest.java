package dev.adamas.it.thirdparty;

import java.nio.file.Path;

/** The plugin as a bundle in Eclipse Equinox. */
class EquinoxTest extends GuestContract {

  @Override
  Place open(Path folder) {
    return BundlePlace.start();
  }
}
