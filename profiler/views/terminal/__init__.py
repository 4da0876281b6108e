"""Records, forecasts and budgets as text for a terminal of 80 columns; plain when piped."""

from profiler.views.terminal.budget import show_budget
from profiler.views.terminal.comparison import show_comparison
from profiler.views.terminal.forecast import show_forecast
from profiler.views.terminal.run import show_run

__all__ = ["show_budget", "show_comparison", "show_forecast", "show_run"]
