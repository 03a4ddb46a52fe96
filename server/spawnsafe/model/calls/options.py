"""What the options of a command line are where it does not say: the defaults that argparse is told."""

from collections.abc import Iterator

from spawnsafe.model.flow import evaluate
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import inflow
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.values import Parameter, Product
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow

_PARSED = "argparse.ArgumentParser().parse_args"
_SETTING = frozenset({"setattr", ".set_defaults"})
"""Calls by which a program may set options, too, as `mentions` spells them."""


def option_default(term: facts.Attribute, site: Site) -> tuple[facts.Term, Site] | None:
    """Return the default of the option that an attribute is, with where that stands; None if it is not known.

    It is not if the file sets the attribute itself, or asks in any condition what it is.
    """
    owners = [value for value in inflow(evaluate(term.value, site)) if not isinstance(value, Parameter)]
    if not owners or not all(isinstance(value, Product) and value.name == _PARSED for value in owners):
        return None
    scopes = site.scope.module.scopes
    if not _SETTING.isdisjoint(name for scope in scopes for name in scope.mentions):
        return None
    found = [(default, step) for scope in scopes for step in scope.steps for default in _defaults(step, term.name)]
    default, step = found[0] if len(found) == 1 else (None, None)
    is_asked = any(_asks(scope, term.name) for scope in scopes)
    return (default, step.site) if default is not None and step is not None and not is_asked else None


def _defaults(step: Step, name: str) -> Iterator[facts.Term | None]:
    """Yield the default that a step tells for the option of a name; None if it tells of that without one."""
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(name="add_argument"), arguments=arguments)):
            positional = [each.value for each in arguments if not each.keyword]
            flags = [str(value.value) for value in positional if isinstance(value, facts.Constant)]
            named = {each.keyword: each.value for each in arguments if each.keyword}
            if _destination(flags, named.get("dest")) == name:
                is_optional = not flags or flags[0].startswith("-") or "nargs" in named
                is_plain = named.keys().isdisjoint(("action", "required"))
                yield named.get("default") if is_optional and is_plain else None


def _destination(flags: list[str], told: facts.Term | None) -> str:
    """Return the attribute in which argparse puts an option: the first long flag, if it is not told another."""
    if told is not None:
        return str(told.value) if isinstance(told, facts.Constant) else ""
    flag = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
    return flag.lstrip("-").replace("-", "_")


def _asks(scope: Scope, name: str) -> bool:
    """Whether a scope sets an attribute of that name, or a condition in it depends on one."""
    tests = [region.subject for region in scope.regions if region.flow is Flow.BRANCH and region.subject is not None]
    for step in scope.steps:
        match step.event:
            case facts.Store(target=facts.Attribute(name=stored)) if stored == name:
                return True
            case event:
                tests += [term for term in parts(event) if isinstance(term, facts.Comparison | facts.Conditional)]
    return any(last_name(part) == name for test in tests for part in parts(test))
