"""Questions: rows ready to be rendered, everything loaded, a constant number of statements."""
