"""Tests of the arithmetic: hundreds of cases in milliseconds."""
