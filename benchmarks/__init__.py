"""How fast the library is, beside a plain Python loop and beside other libraries: see docs/benchmarks.md.

One thread, so that ratios mean the same on every machine; the libraries read these variables when they are loaded.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
