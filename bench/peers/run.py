"""Plastic, PyTorch and JAX side by side: seconds and memory of a lifetime's meta-gradient. Started by run.sh."""

import argparse
import json
from pathlib import Path

from cases import SIZES, write_cases
from check import check
from peers import PLAIN, STORAGES, UNCACHED, VARIANTS, Failed, bench_plastic, gradient_plastic, run_peer, serves

TOLERANCE = 1e-3  # in float32, of loss and gradient norm after a whole lifetime


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default="build/release/bin/plastic", help="(default: %(default)s)")
    parser.add_argument("--network", choices=SIZES, default="sine-quick", help="(default: %(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="(default: 1 2)")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs, of which the median counts (default: 5)")
    parser.add_argument("--plain", action="store_true", help="also without checkpoints: sine-paper takes about 13 GB")
    parser.add_argument("--check", action="store_true", help="compare losses and gradients instead, in double")
    parser.add_argument(
        "--folder", type=Path, default="build/peers", help="for cases and results (default: %(default)s)"
    )
    return parser.parse_args()


def same_numbers(row, wanted):
    if any(abs(row[name] - wanted[name]) > TOLERANCE * wanted[name] for name in ("query_loss", "gradient_norm")):
        raise Failed(
            f"{row['peer']} {row['variant']}: loss {row['query_loss']:.6g} and gradient norm {row['gradient_norm']:.6g}, "
            f"but plastic has {wanted['query_loss']:.6g} and {wanted['gradient_norm']:.6g}"
        )


def compile_seconds(row):
    """JAX compiles ahead of time; torch.compile in the first run."""
    if "compile_seconds" in row or not row["variant"].startswith("compile"):
        return row.get("compile_seconds")
    return row["first_seconds"] - row["seconds_per_lifetime"] * row["lifetimes"]


def print_row(row):
    def cell(key, width, digits):
        return f"{row[key]:{width}.{digits}f}" if row.get(key) is not None else f"{'-':>{width}}"

    print(
        f"{row['peer'] + ' ' + row['variant']:<34} {row['threads']:7} {row['lifetimes']:9} "
        f"{cell('seconds_per_lifetime', 11, 6)} {cell('time_ratio', 6, 2)} {cell('compile_seconds', 10, 1)} "
        f"{cell('peak_rss_mib', 8, 0)} {cell('memory_ratio', 6, 1)} {cell('rss_before_mib', 10, 0)}",
        flush=True,
    )


def with_ratios(row, ours):
    row["time_ratio"] = row["seconds_per_lifetime"] / ours["seconds_per_lifetime"]
    row["memory_ratio"] = row["peak_rss_mib"] / ours["peak_rss_mib"]
    return row


def rows_of(args, cases):
    """One after another; each row with its ratios to plastic's default of as many threads and lifetimes."""
    wanted = gradient_plastic(args.program, cases[0], cases[0] / "plastic.npz", "float")
    plastic = {}
    for storage in STORAGES:
        for threads in args.threads:
            for row in bench_plastic(args.program, args.network, threads, args.repeats, storage):
                yield with_ratios(row, plastic.setdefault((threads, row["lifetimes"]), row))
    for peer, variant in VARIANTS + (PLAIN if args.plain else []):
        for (threads, lifetimes), ours in plastic.items():
            if not serves(variant, lifetimes):
                continue
            try:
                row = run_peer(peer, variant, cases[:lifetimes], threads, "--repeats", args.repeats, **UNCACHED)
                if lifetimes == 1:
                    same_numbers(row, wanted)
            except Failed as failed:
                print(failed, flush=True)
                yield {"peer": peer, "variant": variant, "failed": str(failed)}
                continue
            row["compile_seconds"] = compile_seconds(row)
            yield with_ratios(row, ours)


def main():
    args = arguments()
    if args.check:
        raise SystemExit(0 if check(args.program, args.folder / "check") else 1)
    cases = write_cases(SIZES[args.network], max(args.threads), args.folder / args.network)
    print(f"{args.network}, float32, medians of {args.repeats}; ratios to plastic's default of as many threads and lifetimes")
    print(
        f"{'':34} threads lifetimes  s/lifetime  ratio compile, s peak MiB  ratio before MiB",
        flush=True,
    )
    rows = []
    for row in rows_of(args, cases):
        rows.append(row)
        if "failed" not in row:
            print_row(row)
    out = args.folder / f"{args.network}.json"
    out.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"written to {out}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        raise SystemExit(str(failed)) from None
