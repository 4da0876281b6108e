"""The estimators held to populations whose answer is known."""
