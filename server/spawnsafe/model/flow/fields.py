"""The fields of dataclasses, of attrs classes and of named tuples: annotated names that their calls are given."""

from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.model import apis
from spawnsafe.model.flow.arguments import passed_terms, unstarred
from spawnsafe.model.flow.core import bound, evaluate
from spawnsafe.model.flow.definitions import bases, lineage
from spawnsafe.model.memory import UNKNOWN, Values, distinct
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import External, Instance, Known, Parameter
from spawnsafe.syntax import facts


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the step in the class that describes it, and the parameter of its calls.

    `is_passed` is False with `field(init=False)`: calls cannot set it. `is_kept` is False for an `InitVar`: instances
    do not have it.
    """

    step: Step
    parameter: facts.Parameter
    is_passed: bool
    is_kept: bool


def fields(cls: Scope) -> tuple[Field, ...]:
    """Return the fields of a dataclass or the like, those that only keywords set last; none of another class."""
    own = [scope for scope in reversed(lineage(cls)) if _has_fields(scope)]
    if not own or any("__init__" in scope.bindings for scope in own):
        return ()
    found = {field.parameter.name: field for scope in own for field in _own_fields(scope)}
    return tuple(sorted(found.values(), key=lambda field: field.parameter.keyword_only))


def _has_fields(cls: Scope) -> bool:
    is_record = any(isinstance(value, External) and value.name in apis.RECORDS for value in bases(cls))
    return is_record or dataclass_call(cls) is not None


def dataclass_call(cls: Scope) -> facts.Term | None:
    """Return the decorator that makes the annotated names of a class its fields."""
    if cls.facts is None or cls.site is None:
        return None
    for decorator in cls.facts.decorators:
        maker = decorator.function if isinstance(decorator, facts.Call) else decorator
        if any(isinstance(each, External) and each.name in apis.FIELD_DECORATORS for each in evaluate(maker, cls.site)):
            return decorator
    return None


def flag(call: facts.Term | None, name: str) -> bool | None:
    """Return what a call, as of `dataclass` or `field`, gives for a keyword; None if that is nothing, or not known."""
    for passed in call.arguments if isinstance(call, facts.Call) else ():
        if passed.keyword == name and isinstance(passed.value, facts.Constant):
            return bool(passed.value.value)
    return None


def _own_fields(cls: Scope) -> Iterator[Field]:
    is_keyword_only = flag(dataclass_call(cls), "kw_only") or False
    for step in cls.steps:
        event = step.event
        if not isinstance(event, facts.Bind) or event.annotation is None:
            continue
        kind = _kind(event.annotation)
        if kind == "KW_ONLY":
            is_keyword_only = True
        elif kind != "ClassVar":
            yield _field(step, event, is_keyword_only=is_keyword_only, is_kept=kind != "InitVar")


def _kind(annotation: facts.Term) -> str:
    return last_name(annotation.value if isinstance(annotation, facts.Subscript) else annotation)


def _field(step: Step, event: facts.Bind, *, is_keyword_only: bool, is_kept: bool) -> Field:
    term = event.source.term if isinstance(event.source, facts.Assigned) else None
    told = term if term is not None and _tells(term, step) else None
    has_default = term is not None if told is None else _has_default(told)
    keyword_only = flag(told, "kw_only")
    parameter = facts.Parameter(
        event.name,
        event.at,
        Known(term.at, bound(step)) if term is not None and has_default else None,
        event.annotation,
        keyword_only=is_keyword_only if keyword_only is None else keyword_only,
    )
    return Field(step, parameter, flag(told, "init") is not False, is_kept)


def _tells(term: facts.Term, step: Step) -> bool:
    """Whether what stands for a field is a call that describes it."""
    makers = evaluate(term.function, step.site) if isinstance(term, facts.Call) else ()
    return any(isinstance(value, External) and value.name in apis.FIELD_MAKERS for value in makers)


def _has_default(told: facts.Term) -> bool:
    passed = told.arguments if isinstance(told, facts.Call) else ()
    return any(each.keyword in (None, "default", "default_factory", "factory") for each in passed)


def field_of(owner: Instance, name: str) -> Values | None:
    """Return what a field of an instance is, None if its class has no such field."""
    field = next((each for each in owner.cls.module.fields(owner.cls) if each.parameter.name == name), None)
    if field is None:
        return None
    default = evaluate(field.parameter.default, owner.cls.end) if field.parameter.default is not None else ()
    if not field.is_passed:
        return default or None
    parameter = Parameter(owner.cls, owner.cls.parameters.index(field.parameter))
    if owner.call is None or owner.site is None:
        return distinct((parameter, *default))
    if any(each.stars for each in unstarred(owner.call, owner.site).arguments):
        return UNKNOWN
    terms = passed_terms(owner.call, parameter, owner.site, 0)
    return distinct(value for term in terms for value in evaluate(term, owner.site)) or distinct((parameter, *default))
