/** A plugin that is wrong on purpose. */
module com.example.broken {
  requires dev.adamas.api;

  provides dev.adamas.api.Provider with
      com.example.broken.BrokenProvider,
      com.example.broken.FutureProvider;
}
