"""The command line: one file a command group, and a table of all of them in `main`."""
