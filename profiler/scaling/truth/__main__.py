"""``python -m profiler.scaling.truth``: hold the estimators to the truth, write docs/truth.*"""

from __future__ import annotations

import os

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # before numpy is imported, here and in the workers

if __name__ == "__main__":
    from profiler.scaling.truth.running import main

    main()
