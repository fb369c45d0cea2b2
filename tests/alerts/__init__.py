"""Knowing in time that something runs short."""
