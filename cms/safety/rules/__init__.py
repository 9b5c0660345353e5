"""One function a rule, one module a group of them. ``cms.safety.catalogue`` lists them all."""
