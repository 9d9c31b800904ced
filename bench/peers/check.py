"""Whether all compute the same: loss and every gradient, in double, against `plastic gradient`."""

import numpy as np
from cases import CHECKED, write_cases
from peers import PLAIN, VARIANTS, gradient_plastic, run_peer, serves

TOLERANCE = 1e-9  # of the largest element of each array


def wanted_of(arrays):
    return {name for name in arrays if name == "query_loss" or name.startswith("grad_")}


def told(good, what, worst, where):
    """Prints whether it agrees; good no more if it does not."""
    print(f"{what} {'agrees' if worst < TOLERANCE else 'DIFFERS'}, {worst:.1e} in {where}", flush=True)
    return good and worst < TOLERANCE


def worst_difference(got, wanted):
    """Over arrays, relative to the largest element of each; and in which array."""
    names = wanted_of(wanted)
    if set(got) != names:
        raise SystemExit(f"arrays differ: {sorted(set(got) ^ names)}")

    def difference(name):
        a, b = got[name], wanted[name].reshape(got[name].shape)
        return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))

    return max((difference(name), name) for name in names)


def check(program, folder):
    """Prints a line for each variant; False if one is off."""
    good = True
    for name, size in CHECKED.items():
        cases = write_cases(size, 2, folder / name.replace(", ", "-").replace(" ", "-"))
        answers = []
        for case in cases:
            gradient_plastic(program, case, case / "plastic.npz", "double")
            answers.append(dict(np.load(case / "plastic.npz")))
        for case, wanted in zip(cases, answers, strict=True):
            answer = gradient_plastic(program, case, case / "plastic-undo.npz", "double", "undo")
            if not answer["undone"]:
                raise SystemExit(f"{name}, {case.name}: plastic undo was replayed, which compares it with itself")
            worst, where = worst_difference(
                {name: a for name, a in np.load(case / "plastic-undo.npz").items() if name in wanted_of(wanted)}, wanted
            )
            good = told(good, f"{name}, {case.name}: plastic undo", worst, where)
        mean = {key: (answers[0][key] + answers[1][key]) / 2 for key in answers[0]}
        for peer, variant in VARIANTS + PLAIN:
            for lived, wanted in ((cases[:1], answers[0]), (cases, mean)):
                if not serves(variant, len(lived)):
                    continue
                out = cases[0] / f"{peer}-{variant}.npz"
                run_peer(peer, variant, lived, 1, "--precision", "double", "--repeats", 0, "--out", out)
                worst, where = worst_difference(dict(np.load(out)), wanted)
                good = told(good, f"{name}, {len(lived)} lifetimes: {peer} {variant}", worst, where)
    return good
