"""The arithmetic of the trade: values in, values out, no database, no Flask."""
