"""Deeds: verb functions. Values and models in, never a request; `by` says who does it."""
