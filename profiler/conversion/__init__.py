"""Conversion of documents such as PDF into text, timed on a sample of the user's own files."""
