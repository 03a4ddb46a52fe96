"""The rules, found by walking this package: one module and one page with the same stem make a rule.

A rule module has a docstring (the rule in one sentence), `KIND`, `check(module)` and, where there is a repair,
`fixes(module, finding)`. Its code, family and page come from its path.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from spawnsafe.findings import Finding, Fix, Kind

if TYPE_CHECKING:
    from spawnsafe.model import Module
    from spawnsafe.suppress import Idle


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it is called, what it says and what it does."""

    code: str
    family: str
    kind: Kind
    summary: str
    page: Path
    check: "Callable[[Module], Iterator[Finding]]"
    review: "Callable[[Idle], Finding] | None"
    """What it says of a comment that suppresses nothing, if that is what it is for."""
    fixes: "Callable[[Module, Finding], Iterator[Fix]] | None"
    yields_to: tuple[str, ...]
    first_only: bool
    """Whether the repair of what it finds first in a file repairs the rest, so that only that is reported."""

    def findings(self, module: "Module") -> list[Finding]:
        """Return what it finds, on the targets that reach the place; what it says of a span twice is one finding."""
        found: dict[tuple[object, str], Finding] = {}
        for finding in self.check(module):
            when = finding.when.within(module.targets_at(finding.span))
            known = found.get((finding.span, finding.problem))
            if when:
                when = known.when.or_on(when) if known else when
                found[finding.span, finding.problem] = replace(known or finding, when=when)
        return list(found.values())


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, ordered by family and code."""
    return tuple(_rule(family, stem) for family, stem in _places())


def find_rule(code: str) -> Rule | None:
    """Return the rule of that code."""
    return next((rule for rule in all_rules() if rule.code == code), None)


def codes() -> tuple[str, ...]:
    """Return the codes of all rules, in their order; no rule is imported."""
    return tuple(_code(stem) for _, stem in _places())


def families() -> tuple[str, ...]:
    """Return the names of the families that have rules, in order; no rule is imported."""
    return tuple(sorted({family for family, _ in _places()}))


@cache
def _places() -> tuple[tuple[str, str], ...]:
    """Return the family and the module's name of each rule, in order."""
    return tuple(
        (family.name, stem.name)
        for family in pkgutil.iter_modules(__path__)
        if family.ispkg
        for stem in pkgutil.iter_modules([str(Path(__path__[0], family.name))])
    )


def _code(stem: str) -> str:
    return stem.replace("_", "-")


def _find_nothing(_: "Module") -> Iterator[Finding]:
    return iter(())


def _rule(family: str, stem: str) -> Rule:
    module = importlib.import_module(f"{__name__}.{family}.{stem}")
    return Rule(
        code=_code(stem),
        family=family,
        kind=module.KIND,
        summary=(module.__doc__ or "").strip().splitlines()[0],
        page=Path(__path__[0], family, f"{stem}.md"),
        check=getattr(module, "check", _find_nothing),
        review=getattr(module, "review", None),
        fixes=getattr(module, "fixes", None),
        yields_to=getattr(module, "YIELDS_TO", ()),
        first_only=getattr(module, "FIRST_ONLY", False),
    )
