"""Whether an installation is in order: one function a check, and what to do where it is not."""
