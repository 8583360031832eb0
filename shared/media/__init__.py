"""Files: received under a bound, recognised by their content, and kept under a name made of it."""
