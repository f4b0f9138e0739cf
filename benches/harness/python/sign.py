"""What one sign costs through the Python package, in nanoseconds: the shortest call there is, so mostly the crossing."""

import json
import sys
import time

from skm import platform

calls, best = int(sys.argv[1]), float("inf")
for _ in range(5):
    started = time.perf_counter()
    for _ in range(calls):
        platform.sign("c4scyk9ssq", "4gt4psh5fhbzppqrhc5fhes7syce6k9u", "20210923095348")
    best = min(best, time.perf_counter() - started)
print(json.dumps({"sign_ns": round(best / calls * 1e9)}))
