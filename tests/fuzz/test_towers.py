"""Programs that are nested, chained or repeated beyond all measure are answered, and so is what stands beside them."""

import pytest
from towers import CHAINED, LEADING_TO_THEMSELVES, NESTED, REPEATED

from analysis import diagnostics, module

DEEP = {**dict.fromkeys(NESTED, 100_000), **dict.fromkeys(CHAINED, 50_000)}
DEEP |= dict.fromkeys(["default of a lambda", "if and else"], 50_000)  # else the text is too large to be looked at


@pytest.mark.parametrize("name", [*NESTED, *CHAINED])
@pytest.mark.parametrize("is_deep", [False, True], ids=["a little", "beyond all measure"])
def test_what_stands_beside_a_tower_is_found(name: str, *, is_deep: bool) -> None:
    text = {**NESTED, **CHAINED}[name](DEEP[name] if is_deep else 60)
    assert [each.rule.code for each in diagnostics(text)] == ["lambda-target"]
    assert len(list(module(text).problems)) <= 1


@pytest.mark.parametrize("name", REPEATED)
def test_many_of_something_are_answered(name: str) -> None:
    text = REPEATED[name](40)
    assert list(module(text).problems) == []
    diagnostics(text)


def test_what_leads_to_itself_comes_to_an_end() -> None:
    found = [(each.rule.code, each.finding.span.start.line) for each in diagnostics(LEADING_TO_THEMSELVES)]
    assert ("lambda-target", LEADING_TO_THEMSELVES.count("\n") - 1) in found


def test_a_table_of_data_is_left_out_and_a_text_beyond_all_measure() -> None:
    table, rest = f"x = [{'1, ' * 60_000}]\n", NESTED["not"](1)
    assert [problem.reason for problem in module(table + rest).problems] == ["too long to be analysed"]
    assert [each.rule.code for each in diagnostics(table + rest)] == ["lambda-target"]
    assert [problem.reason for problem in module(rest + "#" * 1_000_000).problems] == ["too large to be analysed"]
