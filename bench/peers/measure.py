"""What both peers share: their arguments, the case, the clock and the memory. Knows neither library."""

import argparse
import json
import math
import os
import resource
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DATA = ("xs", "ys", "xq", "yq")


def arguments(description, variants):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("cases", nargs="+", help="case folders: lifetimes side by side, from the first's parameters")
    parser.add_argument("--variant", choices=variants, default=variants[0])
    parser.add_argument("--threads", type=int, default=1, help="cores that the process may use (default: 1)")
    parser.add_argument("--precision", choices=("float", "double"), default="float")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs, of which the median counts; 0: none")
    parser.add_argument("--out", help="an .npz for query_loss and grad_W1, ..., as `plastic gradient` writes it")
    return parser.parse_args()


def hold_to(threads):
    """Confines this process to so many cores, which XLA counts when it starts; so before a library is imported."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


@dataclass(frozen=True)
class Case:
    plastic: tuple  # a bool for each layer
    rule: str
    parameters: dict  # arrays by name
    data: tuple  # xs [lifetimes, T, M, in], ys, xq [lifetimes, Q, in], yq

    @property
    def lifetimes(self):
        return len(self.data[0])

    @property
    def chunk(self):
        """Steps from one checkpoint to the next: the divisor of T that is nearest to its square root."""
        steps = self.data[0].shape[1]
        divisors = [k for k in range(1, steps + 1) if steps % k == 0]
        return min(divisors, key=lambda k: abs(k - math.sqrt(steps)))


def read_cases(folders, precision):
    dtype = {"float": np.float32, "double": np.float64}[precision]
    described = json.loads((Path(folders[0]) / "case.json").read_text())
    arrays = [{name: a.astype(dtype) for name, a in np.load(Path(folder) / "inputs.npz").items()} for folder in folders]
    return Case(
        plastic=tuple(layer["plastic"] for layer in described["layers"]),
        rule=described["learner"]["plasticity"],
        parameters={name: a for name, a in arrays[0].items() if name not in DATA},
        data=tuple(np.stack([a[name] for a in arrays]) for name in DATA),
    )


def peak_rss_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(args, case, loss_and_gradient, **more):
    """Runs loss_and_gradient() -> (float, dict of arrays), which returns when all is computed; prints JSON.

    The first run is to warm up; where a library compiles in it, `first_seconds` has that too.
    """
    before = peak_rss_mib()
    seconds = []
    for _ in range(args.repeats + 1):
        start = time.perf_counter()
        loss, gradient = loss_and_gradient()
        seconds.append(time.perf_counter() - start)
    after = peak_rss_mib()
    gradient = {name: np.asarray(g) for name, g in gradient.items()}
    if args.out:
        np.savez(args.out, query_loss=loss, **{f"grad_{name}": g for name, g in gradient.items()})
    result = {
        "lifetimes": case.lifetimes,
        "threads": args.threads,
        "first_seconds": seconds[0],
        "seconds_per_lifetime": statistics.median(seconds[1:]) / case.lifetimes if args.repeats else None,
        "rss_before_mib": before,  # with the library loaded and the case read
        "peak_rss_mib": after,
        "query_loss": float(loss),
        "gradient_norm": math.sqrt(sum(float(np.sum(g.astype(np.float64) ** 2)) for g in gradient.values())),
    }
    print(json.dumps(result | more))
