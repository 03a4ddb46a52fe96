"""Tries generated programs: compares what the tool says of each with what Python does, before and after safe fixes.

    python scripts/generated.py [COUNT] [--seed NUMBER] [--recipe RECIPE] [--report FOLDER] [--shrink] [--unrepaired]

The seed is printed first; with it the same programs are made again. A disagreement is printed, and written to the
report's folder, with the recipe of its program; with --shrink, with that of the plainest program that still disagrees
in that way. With --unrepaired, programs are told as well that could be mended on the spot and are not. Exit status: 1
if there is a disagreement. tests/generated/trials.py says what kinds there are.
"""

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "generated"))

from composing import Program, compose, read_recipe, sample, simpler
from trials import Trial, attempt

BATCH = 50


def main() -> int:
    """Run the programs; print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=300)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--recipe", type=read_recipe)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--unrepaired", action="store_true")
    parser.add_argument("--list", action="store_true", help="print the recipes, and try nothing")
    options = parser.parse_args()
    programs = [compose(options.recipe)] if options.recipe else sample(options.count, options.seed)
    if options.list:
        print(*(program.recipe for program in programs), sep="\n")
        return 0
    print(f"{len(programs)} programs, seed {options.seed}", flush=True)
    trials: list[Trial] = []
    for start in range(0, len(programs), BATCH):
        trials += _attempt(programs[start : start + BATCH])
        for trial in trials[start:]:
            for kind in sorted(trial.disagreements):
                _tell(_reduced(trial, kind) if options.shrink else trial, kind, options.report)
            if options.unrepaired and trial.fails and trial.program.is_local and not trial.is_repaired:
                _tell(trial, "UNREPAIRED", options.report)
    _summarize(trials)
    return int(any(trial.disagreements for trial in trials))


def _attempt(programs: Sequence[Program]) -> list[Trial]:
    with tempfile.TemporaryDirectory(prefix="generated-") as folder:
        return attempt(programs, Path(folder))


def _reduced(trial: Trial, kind: str) -> Trial:
    """Return the plainest trial that is reached by plainer programs with the same disagreement."""
    while True:
        for recipe in simpler(trial.program.recipe):
            (other,) = _attempt([compose(recipe)])
            if kind in other.disagreements:
                trial = other
                break
        else:
            return trial


def _tell(trial: Trial, kind: str, report: Path | None) -> None:
    program = trial.program
    lines = [f"{kind}: {program.recipe}"]
    for title, claims, ends in (("before", trial.claims, trial.ends), ("after", trial.left, trial.fixed_ends)):
        for method, end in ends.items():
            lines.append(f"    {title:6} {method:10} {end:25} {', '.join(sorted(claims[method]))}")
    print(*lines, sep="\n", flush=True)
    if report:
        report.mkdir(parents=True, exist_ok=True)
        number = len(list(report.iterdir()))
        texts = [*lines, f"must print {program.output}"]
        for files in (program.files, trial.fixed):
            texts += [f"# --- {name}\n{text}" for name, text in files.items()]
        report.joinpath(f"{kind}-{number}.txt").write_text("\n".join(texts), encoding="utf-8")


def _summarize(trials: Sequence[Trial]) -> None:
    failing = [trial for trial in trials if trial.fails]
    local = [trial for trial in failing if trial.program.is_local]
    repaired = [trial for trial in local if trial.is_repaired]
    kinds = Counter(kind for trial in trials for kind in trial.disagreements)
    rules = Counter(rule for trial in local if not trial.is_repaired for rule in set().union(*trial.left.values()))
    print(f"{len(trials)} programs, {len(failing)} of them fail; disagreements: {dict(kinds) or 'none'}")
    share = f"{len(repaired) / (len(local) or 1):.1%}"
    print(f"{len(local)} can be mended on the spot; safe fixes alone mend {len(repaired)} of them, {share}")
    print(f"what is left in the others: {dict(rules.most_common())}")


if __name__ == "__main__":
    sys.exit(main())
