"""The record of a run: schema, writing, loading, adding."""
