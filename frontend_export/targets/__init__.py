"""Where a release goes out to: one module a target."""
