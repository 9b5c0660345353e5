"""Where the content comes from: the only modules that know endpoints and JSON shapes."""
