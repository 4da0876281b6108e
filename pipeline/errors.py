"""Faults that a user can mend. A message names the place, what was found, and the next step."""


class CorpuscostError(Exception):
    """Any fault of input, recipe, configuration or run; the command line exits with 1."""


class ShardError(CorpuscostError):
    """A shard that cannot be opened at all."""


class ConfigError(CorpuscostError):
    """A configuration file with faults; all of them are listed at once."""


class RunError(CorpuscostError):
    """A run directory that is missing, in use, damaged, or of another run."""
