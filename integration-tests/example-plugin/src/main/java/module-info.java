/** Offers the policy {@code interleaved}. */
module com.example.interleaved {
  requires dev.adamas.api;

  provides dev.adamas.api.Provider with
      com.example.interleaved.InterleavedProvider;
}
