"""The edges: command line, chat platforms and web; the one place where things are wired together."""
