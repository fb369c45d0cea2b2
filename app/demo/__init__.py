"""The demo company: made up, on a real catalogue, with a year of work in it."""
