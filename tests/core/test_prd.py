"""A PRD is read as its author meant it: sections, roles, lines, whatever way headings are written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import TaskdeckError
from core.planning.prd import Prd, Section, parse_prd

MARKDOWN = """\
# Shop: product requirements document

Intro.

## 1. Vision
We will be big.

## 2. Functional requirements

### 2.1 Cart
- A user must be able to put things into the cart.
- Things **can** be removed.

Acceptance: the sum is right.

## 3. Success metrics
- Many users

## 4. Milestones and future ideas
### Future ideas
- Coupons
"""


def section(prd: Prd, title: str) -> Section:
    return next(found for found in prd.sections() if found.title == title)


def test_headings_give_sections_their_roles() -> None:
    prd = parse_prd(MARKDOWN)
    roles = {found.title: found.role for found in prd.sections()}
    assert prd.root.title == "Shop: product requirements document"
    assert roles["Vision"] == "none"
    assert roles["Cart"] == "feature"
    assert roles["Success metrics"] == "none"
    assert roles["Future ideas"] == "none"
    assert roles["Milestones and future ideas"] == "milestones"


def test_statements_know_their_lines_and_what_they_are_said_under() -> None:
    prd = parse_prd(MARKDOWN)
    cart = section(prd, "Cart")
    lines = MARKDOWN.splitlines()
    for statement in cart.statements:
        assert statement.text.split()[-1].strip(".") in lines[statement.first - 1]
    assert [s.label for s in cart.statements] == ["", "", "acceptance"]
    assert cart.statements[1].text == "Things can be removed."
    assert cart.first == lines.index("### 2.1 Cart") + 1
    assert cart.number == "2.1"


def test_plain_text_headings_count_as_headings() -> None:
    text = (
        "STOCK TRACKER\n\n1. INTRODUCTION\n\nAn app.\n\n2. REQUIREMENTS\n\n"
        "2.1 Items\n\nUsers must add items.\n"
    )
    prd = parse_prd(text)
    items = section(prd, "Items")
    assert items.role == "feature"
    assert items.number == "2.1"
    assert items.statements[0].first == 11


def test_template_tags_do_not_hide_what_they_hold() -> None:
    prd = parse_prd(
        "<context>\n# Overview\nA tool.\n</context>\n<PRD>\n# Core Features\n- must sort\n</PRD>\n"
    )
    assert section(prd, "Core Features").statements[0].text == "must sort"
    assert section(prd, "Core Features").statements[0].first == 7


def test_a_heading_inside_code_is_no_section() -> None:
    prd = parse_prd("# A\n\n```\n# not a heading\n```\n\n# B\ntext\n")
    assert [found.title for found in prd.sections()] == ["A", "B"]


def test_a_section_that_says_it_is_done_is_marked() -> None:
    prd = parse_prd("# Features\n## Search (COMPLETED)\n- find\n## Export\n- write\n# End\nx\n")
    assert [found.done for found in prd.sections() if found.title.startswith("Search")] == [True]
    assert not section(prd, "Export").done


@pytest.mark.parametrize("text", ["", "  \n\n", "---\n***\n", "\ufeff"])
def test_an_empty_prd_is_said_to_be_empty(text: str) -> None:
    with pytest.raises(TaskdeckError, match="empty"):
        parse_prd(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("#*-|`>:.1aA [](){}<!\n\t_~é—"), max_size=400))
def test_no_text_breaks_the_reader_and_every_line_exists(text: str) -> None:
    try:
        prd = parse_prd(text)
    except TaskdeckError:
        return
    for found in prd.root.walk():
        assert 1 <= found.first <= found.last <= prd.lines
        for statement in found.statements:
            assert 1 <= statement.first <= statement.last <= prd.lines


def test_its_lines_are_counted_as_an_editor_counts_them() -> None:
    assert [parse_prd(text).lines for text in ("# A", "# A\n", "# A\nb\n", "# A\nb\n\nc")] == [1, 1, 2, 4]
