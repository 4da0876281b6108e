"""The census: copies of a record's probe documents, counted in a stream over more shards."""
