"""The processes that are measured: `plastic` and each variant of each peer, one after another, on as many cores."""

import json
import os
import subprocess
import sys
from pathlib import Path

from measure import hold_to

HERE = Path(__file__).parent

# glibc else gives freed memory back to the system and takes page faults to get it again; PyTorch's tuning guide advises
# another allocator for that.
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}

# Plastic asks for huge pages for its large arrays; the peers get them from glibc.
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}

ENVIRONMENTS = {"pytorch": KEPT_MEMORY | HUGE_PAGES, "jax": {"JAX_PLATFORMS": "cpu"} | HUGE_PAGES}

# A cache would hide what compiling takes.
UNCACHED = {"TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}

VARIANTS = [("pytorch", "checkpoint"), ("pytorch", "compile"), ("jax", "remat"), ("jax", "remat-devices")]
PLAIN = [("jax", "plain"), ("pytorch", "compile-plain"), ("pytorch", "plain")]  # what takes the most memory comes last


def serves(variant, lifetimes):
    """Two lifetimes without checkpoints would take twice the memory; one lifetime has no use for several devices."""
    return lifetimes == 1 if variant.endswith("plain") else lifetimes > 1 or variant != "remat-devices"


class Failed(Exception):
    pass


def run(command, threads, **variables):
    """What it prints."""
    done = subprocess.run(
        [str(word) for word in command],
        env=os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")} | variables,
        preexec_fn=lambda: hold_to(threads),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or f"ended with {done.returncode}: out of memory?").splitlines()[-1]
        raise Failed(f"{Path(command[0]).name} {' '.join(str(word) for word in command[1:])}: {last}")
    return done.stdout


def run_peer(peer, variant, cases, threads, *options, **variables):
    script = HERE / f"{peer}_lifetime.py"
    command = [sys.executable, script, *cases, "--variant", variant, "--threads", threads, *options]
    return json.loads(run(command, threads, **ENVIRONMENTS[peer], **variables).splitlines()[-1])


# How Plastic's way back gets its weights: the default, and by undoing the rule, which no peer does.
STORAGES = ("checkpoints", "undo")


def bench_plastic(program, network, threads, repeats, storage):
    """Rows of `plastic bench`: one lifetime on all threads and, of several threads, as many lifetimes at once."""
    command = [program, "bench", network, "--threads", threads, "--repeats", repeats, "--storage", storage, "--json"]
    names = ("lifetimes", "threads", "seconds_per_lifetime", "peak_rss_mib")
    rows = json.loads(run(command, threads))
    if storage == "undo" and not all(row["undone"] for row in rows):
        raise Failed(f"plastic undo: a lifetime of {network} was replayed, not undone")
    return [{"peer": "plastic", "variant": storage} | {name: row[name] for name in names} for row in rows]


def gradient_plastic(program, case, out, precision, storage="checkpoints"):
    """The same case in `plastic gradient`: its loss, the norm of the whole gradient, and whether steps were undone."""
    command = [program, "gradient", case, "--out", out, "--precision", precision, "--storage", storage, "--json"]
    answer = json.loads(run(command, 1))
    squares = sum(norm**2 for name, norm in answer["norms"].items() if name.startswith("grad_"))
    return {"query_loss": answer["query_loss"], "gradient_norm": squares**0.5, "undone": answer["undone"]}
