"""The checks, a module a subject; each registers itself."""
