/** A backend in plain Java and the policy that it runs best. */
module com.example.blocked {
  requires dev.adamas.api;

  provides dev.adamas.api.Provider with
      com.example.blocked.BlockedProvider;
}
