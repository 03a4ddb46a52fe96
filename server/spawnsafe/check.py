"""Runs the rules over a module and judges what they find for the targets that matter."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Platform, StartMethods, Target, supported_targets
from spawnsafe.rules import Rule, all_rules
from spawnsafe.source import Shift
from spawnsafe.suppress import Found, Ignore, find_idle, ignores

if TYPE_CHECKING:
    from spawnsafe.model import Module


class Severity(Enum):
    """How grave a diagnostic is, by the name that reports use."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Policy:
    """Which rules run and what counts. Empty `select` means every rule; codes and families may be mixed.

    `severity` overrides a rule's severity by its code; None switches the rule off. `methods`, if not empty,
    replaces the default start method of every target. `today`, if not empty, are the targets on which the program
    runs already: what bites on all of them is nothing new, and does not count, nor does advice.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    targets: tuple[Target, ...] = field(default_factory=supported_targets)
    methods: StartMethods = StartMethods.NONE
    today: tuple[Target, ...] = ()

    def runs(self, rule: Rule) -> bool:
        """Whether a rule is wanted."""
        names = {rule.code, rule.family}
        wanted = not self.select or bool(names & self.select)
        return wanted and not names & self.ignore and self.severity.get(rule.code, True) is not None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding, judged: how grave it is and on which targets it bites."""

    rule: Rule
    path: Path
    finding: Finding
    severity: Severity
    targets: tuple[Target, ...]

    @property
    def notes(self) -> tuple[Note, ...]:
        """The finding's notes, preceded by where it bites unless that is everywhere."""
        when = self.finding.when
        if when.is_told:
            return self.finding.notes
        where = Note(f"That is the case {when.places}.", self.path, self.finding.span)
        return (where, *self.finding.notes)


def check(module: "Module", policy: Policy, *, with_followers: bool = False) -> list[Diagnostic]:
    """Return the diagnostics of a module in the order of its text, at most one of a rule for a span.

    Those are left out that a comment suppresses, and comments are reported that suppress nothing. Of rules whose
    first finding is enough, the others are left out as well, unless the caller wants these followers.
    """
    findings = [(rule, finding) for rule in all_rules() if policy.runs(rule) for finding in _findings(rule, module)]
    comments = ignores(module)
    judged = _judged(module, findings, policy)
    kept = _unsuppressed(_uncovered(judged if with_followers else _without_followers(judged, comments)), comments)
    kept += _judged(module, _reviews(comments, findings, policy), policy)
    first = {(diagnostic.rule.code, diagnostic.finding.span): diagnostic for diagnostic in reversed(kept)}
    return sorted(first.values(), key=lambda diagnostic: (diagnostic.finding.span, diagnostic.rule.code))


def moved(diagnostics: Iterable[Diagnostic], shift: Shift) -> list[Diagnostic] | None:
    """Return the diagnostics of a file after an edit that changed nothing but places; None if one was in its way."""
    found = [_moved(diagnostic, shift) for diagnostic in diagnostics]
    kept = [diagnostic for diagnostic in found if diagnostic is not None]
    return kept if len(kept) == len(found) else None


def _moved(diagnostic: Diagnostic, shift: Shift) -> Diagnostic | None:
    finding, path = diagnostic.finding, diagnostic.path
    span = shift.moved(finding.span)
    notes = [shift.moved(note.span) if note.path == path else note.span for note in finding.notes]
    spans = [each for each in notes if each is not None]
    if span is None or len(spans) < len(notes):
        return None
    if [span, *spans] == [finding.span, *(note.span for note in finding.notes)]:
        return diagnostic
    told = tuple(replace(note, span=each) for note, each in zip(finding.notes, spans, strict=True))
    return replace(diagnostic, finding=replace(finding, span=span, notes=told))


def _findings(rule: Rule, module: "Module") -> list[Finding]:
    """Return what a rule finds; nothing in a program in which too much leads to too much else to be followed."""
    try:
        return list(rule.findings(module))
    except RecursionError:
        return []


def fixes(module: "Module", diagnostic: Diagnostic) -> list[Fix]:
    """Return the repairs of a diagnostic, the preferred one first."""
    from spawnsafe.edits import without_idle_imports  # noqa: PLC0415 - in most files nothing is to be repaired

    rule = diagnostic.rule
    found = rule.fixes(module, diagnostic.finding) if rule.fixes else ()
    return [without_idle_imports(module, fix) for fix in found]


def _uncovered(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics without those whose rule yields to another one at their span."""
    at = defaultdict[object, list[Diagnostic]](list)
    for each in found:
        at[each.finding.span].append(each)
    return [each for each in found if not any(_covers(other, each) for other in at[each.finding.span])]


def _without_followers(found: Sequence[Diagnostic], comments: Sequence[Ignore]) -> list[Diagnostic]:
    """Return diagnostics without those that come behind one that no comment suppresses, where one is enough."""
    series = [each for each in _unsuppressed(found, comments) if each.rule.first_only]
    first = {each.rule.code: each for each in reversed(series)}
    followers = {id(each) for each in series} - {id(each) for each in first.values()}
    return [each for each in found if id(each) not in followers]


def _unsuppressed(found: Iterable[Diagnostic], comments: Sequence[Ignore]) -> list[Diagnostic]:
    """Return diagnostics without those that a comment suppresses."""
    return [
        diagnostic
        for diagnostic in found
        if not any(comment.suppresses(_found(diagnostic.rule, diagnostic.finding)) for comment in comments)
    ]


def _reviews(
    comments: Sequence[Ignore], findings: Iterable[tuple[Rule, Finding]], policy: Policy
) -> Iterator[tuple[Rule, Finding]]:
    """Yield what rules say of comments that suppress nothing on any target; not of those for rules that do not run."""
    left_out = {name for rule in all_rules() if not policy.runs(rule) for name in (rule.code, rule.family)}
    reviewers = [(rule, rule.review) for rule in all_rules() if rule.review and policy.runs(rule)]
    for idle in find_idle(comments, (_found(rule, finding) for rule, finding in findings)):
        if not (idle.name.text in left_out if idle.name else left_out):
            yield from ((rule, review(idle)) for rule, review in reviewers)


def _found(rule: Rule, finding: Finding) -> Found:
    return Found(finding.span, (rule.code, rule.family))


def _judged(module: "Module", findings: Iterable[tuple[Rule, Finding]], policy: Policy) -> list[Diagnostic]:
    judged = (_judge(rule, module.path, finding, policy) for rule, finding in findings)
    return [diagnostic for diagnostic in judged if diagnostic is not None]


def _judge(rule: Rule, path: Path, finding: Finding, policy: Policy) -> Diagnostic | None:
    scenarios = list(_scenarios(policy))
    bitten = [target for target, method in scenarios if finding.when.bites_on(target, method)]
    is_advice = (finding.kind or rule.kind) is Kind.ADVICE
    if not bitten or (policy.today and (is_advice or all(map(finding.when.bites_on, policy.today)))):
        return None
    if is_advice:
        severity = Severity.INFORMATION
    else:
        severity = Severity.ERROR if len(bitten) == len(scenarios) else Severity.WARNING
    severity = policy.severity.get(rule.code) or severity
    return Diagnostic(rule, path, finding, severity, tuple(dict.fromkeys(bitten)))


def _scenarios(policy: Policy) -> Iterator[tuple[Target, StartMethods]]:
    """Yield each target with each start method that counts there; Windows has spawn alone."""
    for target in policy.targets:
        for method in policy.methods or target.default:
            if target.platform is not Platform.WINDOWS or method is StartMethods.SPAWN:
                yield target, method


def _covers(other: Diagnostic, diagnostic: Diagnostic) -> bool:
    """Whether a rule yields to another one that found something at the same span."""
    return (
        other.rule.code in diagnostic.rule.yields_to
        and diagnostic.finding.when.methods in other.finding.when.methods
        and set(diagnostic.targets) <= set(other.targets)
    )
