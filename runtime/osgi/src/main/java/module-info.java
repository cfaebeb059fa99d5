/**
 * Plugins as OSGi bundles, in a framework of their own or in the host's.
 *
 * <p>The module that it requires is where the OSGi API comes from on the module path. On the class
 * path any framework will do.
 */
@org.jspecify.annotations.NullMarked
module dev.adamas.osgi {
  requires static org.jspecify;
  requires transitive dev.adamas.engine;
  requires transitive org.apache.felix.framework;

  uses org.osgi.framework.launch.FrameworkFactory;

  exports dev.adamas.osgi;
}
