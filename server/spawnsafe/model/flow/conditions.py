"""Conditions that are decided before a program runs: by how its files come to run, by the platform, by the Python.

Two runs of a file are told apart: as the main program, and imported, which is what a spawned worker does with
it (under the name `__mp_main__`) and what any other module does. Platform and Python are asked for as type checkers
understand it: `sys.platform`, `os.name`, `platform.system()`, `sys.version_info`, and what only some of them have. What
is not understood is not known, and then a place counts as reached.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from spawnsafe.model import apis
from spawnsafe.model.flow.core import evaluate
from spawnsafe.model.flow.variables import resolve
from spawnsafe.model.methods import EVERY_TARGET, NO_TARGET, Platform, Target, Targets
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.values import External, Function, ProjectModule
from spawnsafe.syntax import facts


class Run(Enum):
    """How a file comes to run."""

    MAIN = "__main__"
    IMPORTED = "__mp_main__"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The targets on which a condition surely holds, and those on which it surely does not."""

    true: Targets
    false: Targets


def truth(term: facts.Term, site: Site, run: Run | None) -> bool | None:
    """Return what a condition comes to in a run, or in either, wherever that is; None if that is not known."""
    verdict = decide(term, site, run)
    if verdict.true == EVERY_TARGET:
        return True
    return False if verdict.false == EVERY_TARGET else None


def tells_targets_apart(term: facts.Term, site: Site) -> bool:
    """Whether a condition surely holds, or surely does not, on some targets only."""
    verdict = decide(term, site)
    return bool(verdict.true or verdict.false) and EVERY_TARGET not in (verdict.true, verdict.false)


def decide(term: facts.Term, site: Site, run: Run | None = None) -> Verdict:
    """Return where a condition holds in a run, or in either if none is given."""
    known = site.scope.module.verdicts.get((term, run))
    if known is None:
        known = site.scope.module.verdicts[term, run] = _decide(term, site, run)
    return known


def _decide(term: facts.Term, site: Site, run: Run | None) -> Verdict:
    reader = _Reader(run, None)
    answer = reader.truth(term, site)
    if answer is None and reader.asked:
        answers = [(target, _Reader(run, target).truth(term, site)) for target in EVERY_TARGET]
        true, false = ([target for target, answer in answers if answer is each] for each in (True, False))
        return Verdict(Targets.of(*true), Targets.of(*false))
    return Verdict(EVERY_TARGET if answer is True else NO_TARGET, EVERY_TARGET if answer is False else NO_TARGET)


def skipped_on(scope: Scope) -> Targets:
    """Return the targets on which a decorator surely skips a test, or the tests of a class."""
    found = NO_TARGET
    if scope.facts is None or scope.site is None:
        return found
    for decorator in scope.facts.decorators:
        named = _assigned(decorator, scope.site) if isinstance(decorator, facts.Name) else None
        mark, site = named or (decorator, scope.site)
        if isinstance(mark, facts.Call) and mark.arguments and (name := _dotted(mark.function, site)) in _SKIPS:
            verdict = decide(mark.arguments[0].value, site)
            found |= verdict.true if _SKIPS[name] else verdict.false
    return found


# --- what a condition asks ---------------------------------------------------------------------------------

_UNKNOWN = object()
"""What is not known, where a value is asked for; None is a value."""
_DEEPEST = 8

_WINDOWS = Targets.on(Platform.WINDOWS)
_LINUX = Targets.on(Platform.LINUX)
_MACOS = Targets.on(Platform.MACOS)
_POSIX = _LINUX | _MACOS

_TOLD_BY: Mapping[str, Mapping[Platform, object]] = {
    "sys.platform": {Platform.LINUX: "linux", Platform.MACOS: "darwin", Platform.WINDOWS: "win32"},
    "os.name": {Platform.LINUX: "posix", Platform.MACOS: "posix", Platform.WINDOWS: "nt"},
    "platform.system": {Platform.LINUX: "Linux", Platform.MACOS: "Darwin", Platform.WINDOWS: "Windows"},
    "multiprocessing.get_all_start_methods": {
        Platform.LINUX: ("fork", "spawn", "forkserver"),
        Platform.MACOS: ("spawn", "fork", "forkserver"),
        Platform.WINDOWS: ("spawn",),
    },
}
"""What tells platforms apart; sources: the documentation of each."""

_FLAGS: Mapping[str, Targets] = {
    "typing.TYPE_CHECKING": NO_TARGET,
    "typing_extensions.TYPE_CHECKING": NO_TARGET,
    "six.PY2": NO_TARGET,
    "six.PY3": EVERY_TARGET,
    "psutil.WINDOWS": _WINDOWS,
    "psutil.LINUX": _LINUX,
    "psutil.MACOS": _MACOS,
    "psutil.POSIX": _POSIX,
}

_HAVE: Mapping[str, Targets] = {
    **dict.fromkeys(
        (
            *("os.fork", "os.forkpty", "os.register_at_fork", "os.getuid", "os.geteuid", "os.uname", "os.killpg"),
            *("os.setsid", "os.getpgid", "os.nice", "os.getloadavg", "signal.SIGKILL", "signal.SIGALRM"),
        ),
        _POSIX,
    ),
    **dict.fromkeys(("os.sched_getaffinity", "os.sched_setaffinity"), _LINUX),
    **dict.fromkeys(("os.startfile", "os.add_dll_directory", "sys.getwindowsversion"), _WINDOWS),
    "os.process_cpu_count": Targets.where(lambda target: target.python >= (3, 13)),
}
"""Where modules have an attribute; source: the availability that the documentation gives."""

_SKIPS = {
    "pytest.mark.skipif": True,
    "unittest.skipIf": True,
    "unittest.case.skipIf": True,
    "unittest.skipUnless": False,
}
"""Decorators of tests, and whether they skip where their condition holds."""

_TEXT_METHODS = frozenset(
    {
        *("strip", "lstrip", "rstrip", "lower", "upper", "casefold", "replace", "removeprefix"),
        *("startswith", "endswith", "__eq__"),
    }
)


@dataclass
class _Reader:
    """Reads terms in a run, on a target; `asked` says that something asked for a target when there was none."""

    run: Run | None
    target: Target | None
    asked: bool = False

    def truth(self, term: facts.Term, site: Site, depth: int = 0) -> bool | None:
        """Return what a condition comes to, None if that is not known."""
        if depth > _DEEPEST:
            return None
        depth += 1
        match term:
            case facts.Not(value=inner):
                known = self.truth(inner, site, depth)
                return None if known is None else not known
            case facts.Logical(operator=connective, left=left, right=right):
                return logical(connective, self.truth(left, site, depth), self.truth(right, site, depth))
            case facts.Comparison():
                return self._compared(term, site, depth)
            case facts.Name(id="TYPE_CHECKING") | facts.Attribute(name="TYPE_CHECKING"):
                return False
            case facts.Name() if (setting := _assigned(term, site)) and isinstance(setting[0], facts.Constant):
                return bool(setting[0].value) if setting[1].scope.is_module else None
            case _:
                value = self._value(term, site, depth)
                return None if value is _UNKNOWN else bool(value)

    def _compared(self, term: facts.Comparison, site: Site, depth: int) -> bool | None:
        left, right = term.left, term.right
        if isinstance(right, facts.Constant) and _is_never_main(left):
            return holds(term.operator, _NOT_MAIN, right.value) if right.value == Run.MAIN.value else None
        if self.run is not None and _tells_main_process(left, right, site):
            is_equal = self.run is Run.MAIN
            return {"==": is_equal, "is": is_equal, "!=": not is_equal, "is not": not is_equal}.get(term.operator)
        return _compared(term.operator, self._value(left, site, depth), self._value(right, site, depth))

    def _value(self, term: facts.Term, site: Site, depth: int) -> object:
        """Return what a term is, `_UNKNOWN` if that is not known."""
        if depth > _DEEPEST:
            return _UNKNOWN
        depth += 1
        match term:
            case facts.Constant(value=value):
                return value
            case facts.Display(items=items, kind="tuple" | "list" | "set"):
                return tuple(self._value(item, site, depth) for item in items)
            case facts.Not() | facts.Logical() | facts.Comparison():
                known = self.truth(term, site, depth)
                return _UNKNOWN if known is None else known
            case facts.Conditional(test=test, body=body, orelse=orelse):
                known = self.truth(test, site, depth)
                return _UNKNOWN if known is None else self._value(body if known else orelse, site, depth)
            case facts.Walrus(value=inner):
                return self._value(inner, site, depth)
            case facts.Subscript(value=inner, index=index):
                return _part(self._value(inner, site, depth), index)
            case facts.Call():
                return self._result(term, site, depth)
            case facts.Name() | facts.Attribute():
                return self._named(term, site, depth)
            case _:
                return _UNKNOWN

    def _result(self, term: facts.Call, site: Site, depth: int) -> object:
        passed = [each.value for each in term.arguments]
        if isinstance(term.function, facts.Attribute) and term.function.name in _TEXT_METHODS:
            text = self._value(term.function.value, site, depth)
            return _of_text(text, term.function.name, [self._value(each, site, depth) for each in passed])
        match term.function, passed:
            case facts.Name(id="hasattr"), [owner, facts.Constant(value=name)]:
                return self._flag(_HAVE.get(f"{_dotted(owner, site)}.{name!s}"))
            case ((facts.Name() | facts.Attribute()), []):
                name = apis.normal(_dotted(term.function, site))
                return self._platform(name) if name in _TOLD_BY else self._answer(term.function, site, depth)
        return _UNKNOWN

    def _answer(self, function: facts.Term, site: Site, depth: int) -> object:
        """Return what a function of the project gives that has no parameters and does no more than return it."""
        for value in evaluate(function, site):
            if isinstance(value, Function) and not value.scope.parameters:
                returns = [step for step in value.scope.steps if isinstance(step.event, facts.Return)]
                if len(returns) == 1 and isinstance(returns[0].event, facts.Return) and returns[0].event.term:
                    return self._value(returns[0].event.term, returns[0].site, depth)
        return _UNKNOWN

    def _named(self, term: facts.Name | facts.Attribute, site: Site, depth: int) -> object:
        if is_dunder_name(term, site):
            return self.run.value if self.run else _UNKNOWN
        if isinstance(term, facts.Attribute) and term.name in ("major", "minor"):
            return _part(self._value(term.value, site, depth), facts.Constant(term.at, int(term.name == "minor")))
        name = _dotted(term, site)
        if name in _TOLD_BY:
            return self._platform(name)
        if name in _FLAGS:
            return self._flag(_FLAGS[name])
        if name in ("sys.version_info", "sys.hexversion"):
            return self._version(name)
        found = _assigned(term, site) if isinstance(term, facts.Name) else None
        found = found or (_in_project(term, site) if name else None)
        if found is None or isinstance(found[0], facts.Constant):  # a setting, which is changed by hand
            return _UNKNOWN
        return self._value(*found, depth)

    def _platform(self, name: str) -> object:
        self.asked |= self.target is None
        return _UNKNOWN if self.target is None else _TOLD_BY[name][self.target.platform]

    def _flag(self, targets: Targets | None) -> object:
        if targets is None or targets in (EVERY_TARGET, NO_TARGET):
            return _UNKNOWN if targets is None else bool(targets)
        self.asked |= self.target is None
        return _UNKNOWN if self.target is None else self.target in targets

    def _version(self, name: str) -> object:
        self.asked |= self.target is None
        if self.target is None:
            return _UNKNOWN
        major, minor = self.target.python
        if name == "sys.hexversion":
            return _Between(major << 24 | minor << 16, major << 24 | minor << 16 | 0xFFFF)
        return _Between((major, minor, 0, "alpha"), (major, minor, _LAST_PATCH, "final"))


_LAST_PATCH = 99


def _dotted(term: facts.Term, site: Site) -> str:
    """Return the dotted name of what is imported; empty if a term is anything else."""
    match term:
        case facts.Attribute(value=owner, name=name):
            outer = _dotted(owner, site)
            return f"{outer}.{name}" if outer else ""
        case facts.Name(id=name):
            found = {_imported_name(step) for step in resolve(name, site) or ()}
            return found.pop() if len(found) == 1 else ""
        case _:
            return ""


def _imported_name(step: Step) -> str:
    source = step.event.source if isinstance(step.event, facts.Bind) else None
    if not isinstance(source, facts.Imported):
        return ""
    module = "." * source.level + source.module
    return f"{module}.{source.name}" if source.name else module


def _assigned(term: facts.Name, site: Site) -> tuple[facts.Term, Site] | None:
    """Return the one term that a name is bound to, with the site where it is evaluated."""
    steps = resolve(term.id, site) or []
    source = steps[0].event.source if len(steps) == 1 and isinstance(steps[0].event, facts.Bind) else None
    is_whole = isinstance(source, facts.Assigned) and not isinstance(source, facts.Augmented) and not source.path
    return (source.term, steps[0].site) if is_whole and isinstance(source, facts.Assigned) else None


def _in_project(term: facts.Name | facts.Attribute, site: Site) -> tuple[facts.Term, Site] | None:
    """Return what a name is bound to in the file of the project that it is imported from."""
    if isinstance(term, facts.Attribute):
        owners, name = list(evaluate(term.value, site)), term.name
    else:
        step = (resolve(term.id, site) or [])[0]
        source = step.event.source if isinstance(step.event, facts.Bind) else None
        if not isinstance(source, facts.Imported) or not source.name:
            return None
        module = step.scope.module
        owners, name = [module.project.imported(module, source.module, source.level)], source.name
    if len(owners) != 1 or not isinstance(owners[0], ProjectModule):
        return None
    return _assigned(facts.Name(term.at, name), owners[0].module.scope.end)


def is_dunder_name(term: facts.Term, site: Site) -> bool:
    """Whether a term is `__name__`, or an alias of it."""
    if isinstance(term, facts.Name) and term.id != "__name__":
        found = _assigned(term, site)
        return found is not None and isinstance(found[0], facts.Name) and found[0].id == "__name__"
    if isinstance(term, facts.Attribute):
        return term.name == "__module__"
    return isinstance(term, facts.Name)


_NOT_MAIN = ""


def _is_never_main(term: facts.Term) -> bool:
    """Whether a term is the path of the file, or the name in quotes, which somebody took for `__name__`."""
    if isinstance(term, facts.Name):
        return term.id == "__file__"
    return isinstance(term, facts.Constant) and term.value == "__name__"


def _tells_main_process(left: facts.Term, right: facts.Term, site: Site) -> bool:
    """Whether a comparison is with the name that only the main process has.

    That it has no parent process tells nothing: a worker learns of its parent after it has imported main.
    """
    if isinstance(left, facts.Constant):
        left, right = right, left
    if not isinstance(right, facts.Constant):
        return False
    if right.value == "MainProcess" and isinstance(left, facts.Attribute) and left.name == "name":
        return isinstance(left.value, facts.Call) and External("multiprocessing.current_process") in evaluate(
            left.value.function, site
        )
    return False


# --- values ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Between:
    """Something between two ends, such as the version of some patch release of a Python."""

    low: Any
    high: Any


_SIGNS: dict[str, Callable[[Any, Any], object]] = {
    "==": operator.eq,
    "is": operator.eq,
    "!=": operator.ne,
    "is not": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def logical(connective: str, left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - truth values
    """Return what `and` or `or` comes to."""
    decisive = connective == "or"
    if decisive in (left, right):
        return decisive
    return None if None in (left, right) else not decisive


def holds(sign: str, left: facts.Scalar, right: facts.Scalar) -> bool | None:
    """Return what a comparison of constants comes to."""
    if sign not in ("==", "is", "!=", "is not") and not (
        isinstance(left, (int, float)) and isinstance(right, (int, float))
    ):
        return None
    return bool(_SIGNS[sign](left, right)) if sign in _SIGNS else None


def _compared(sign: str, left: object, right: object) -> bool | None:
    if sign in ("in", "not in"):
        inside = _contains(right, left)
        return None if inside is None else inside is (sign == "in")
    if left is _UNKNOWN or right is _UNKNOWN or sign not in _SIGNS:
        return None
    if isinstance(right, _Between):
        left, right, sign = right, left, _MIRRORED.get(sign, sign)
    try:
        if isinstance(left, _Between):
            return _compared_between(sign, left, right)
        return bool(_SIGNS[sign](left, right))
    except TypeError:
        return None


def _compared_between(sign: str, left: _Between, right: Any) -> bool | None:  # noqa: ANN401 - what can be compared
    if sign in _MIRRORED:
        answers = {bool(_SIGNS[sign](end, right)) for end in (left.low, left.high)}
        return answers.pop() if len(answers) == 1 else None
    return None if left.low <= right <= left.high else sign in ("!=", "is not")


_RUNS = {run.value for run in Run}


def _contains(container: object, item: object) -> bool | None:
    """Return whether text or a tuple has something in it; what else may be in the tuple is no name of a run."""
    if item is _UNKNOWN or not isinstance(container, (str, tuple)):
        return None
    if isinstance(container, str):
        return item in container if isinstance(item, str) else None
    if item in container:
        return True
    return None if _UNKNOWN in container and item not in _RUNS else False


def _part(owner: object, index: facts.Term) -> object:
    """Return an item or the first items of a version, or the beginning of a text."""
    count = _beginning(index)
    if isinstance(owner, str):
        return owner[:count] if count else _UNKNOWN
    if not isinstance(owner, _Between) or not isinstance(owner.low, tuple):
        return _UNKNOWN
    if count:
        return _Between(owner.low[:count], owner.high[:count])
    position = index.value if isinstance(index, facts.Constant) else None
    return owner.low[position] if isinstance(position, int) and position in (0, 1) else _UNKNOWN


def _beginning(index: facts.Term) -> int:
    """Return how many items `[:2]` takes; 0 for another index. Of `[:1]` and `[1:]` the facts are the same."""
    match index:
        case facts.Slice(parts=(facts.Constant(value=0), facts.Constant(value=int(count)))):
            return count
        case facts.Slice(parts=(facts.Constant(value=int(count)),)) if count > 1:
            return count
        case _:
            return 0


def _of_text(text: object, method: str, passed: list[object]) -> object:
    if not isinstance(text, str) or _UNKNOWN in passed:
        return _UNKNOWN
    try:
        return getattr(text, method)(*passed)
    except TypeError:  # a call that Python would refuse as well
        return _UNKNOWN
