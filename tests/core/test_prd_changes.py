"""What an edit of the PRD would change: small differences, with ids, status and finished work kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.paths import state_folder
from core.planning.outline.tasks import outline_prd
from core.planning.planned_prd import remember_prd, remembered_prd
from core.planning.planner import SubtaskDraft, TaskDraft
from core.planning.prd_changes import PrdChanges, prd_changes
from core.planning.proposal import plan_proposal, subtask_proposal
from core.tasks.document import Tag, TaskDocument, parse
from core.tasks.edits import Edit, EditField, SetStatus, apply_edits
from core.tasks.findings import tag_findings
from core.tasks.graph import TaskGraph
from core.tasks.model import FINISHED
from core.tasks.store import TaskStore

PRD = """# Shop

## Overview
A shop for one town, on the web, with a Python service behind it.

## Functional requirements

### Accounts
- A customer must sign up with an e-mail address and a password.
- A customer must be able to reset a forgotten password.

### Catalogue
- Staff must add products with a name, a price and up to five pictures.
- A visitor can search products by name.

### Cart
- A customer must put products into a cart and change their number.
- The cart must be kept for 30 days.

### Checkout
- A customer must pay by card through Stripe.
- The service must send a receipt by e-mail within one minute.

### Stock alerts
- Staff should get a message when fewer than five pieces of a product are left.

## Testing
- Every endpoint must have an integration test.
"""


def document(*tasks: dict[str, Any]) -> TaskDocument:
    return parse(json.dumps({"master": {"tasks": list(tasks)}}, indent=2).encode())


def applied(before: TaskDocument, edits: Sequence[Edit]) -> TaskDocument:
    return apply_edits(before, edits, None).document


def planned(prd: str = PRD) -> TaskDocument:
    before = document()
    return applied(before, plan_proposal(outline_prd(prd, None).drafts, before.tag()).edits())


def changes(prd: str, present: TaskDocument, before: str | None = None) -> PrdChanges:
    return prd_changes(outline_prd(prd, None).drafts, present.tag(), prd=prd, before=before)


def key_of(tag: Tag, words: str) -> str:
    return next(task.key for task in tag.tasks if words in task.title.lower())


def test_an_edit_that_says_nothing_new_changes_nothing() -> None:
    for prd in (PRD, "\n\n" + PRD, PRD.replace("\n", "\r\n"), PRD.replace("- ", "*  ")):
        assert changes(prd, planned()).empty
        assert changes(prd, planned(), PRD).empty


def test_real_documents_planned_again_change_nothing(corpus: Path) -> None:
    found = [path for path in corpus.rglob("*prd*") if path.suffix in (".txt", ".md")]
    assert found
    for path in found:
        prd = path.read_text("utf-8")
        assert changes(prd, planned(prd)).empty, path
        assert changes("\n\n" + prd, planned(prd)).empty, path


def test_a_section_that_only_moves_changes_nothing() -> None:
    start, end = PRD.index("### Catalogue"), PRD.index("### Cart")
    moved = PRD[:start] + PRD[end:].replace("## Testing", PRD[start:end] + "## Testing")
    proposal = changes(moved, planned())
    assert [item.kind for item in proposal.items if item.kind != "changed"] == []
    assert len(proposal.items) <= 1


def test_a_renamed_heading_renames_its_task_and_keeps_its_id() -> None:
    present = planned()
    key = key_of(present.tag(), "stock alerts")
    proposal = changes(PRD.replace("### Stock alerts", "### Warnings for the warehouse"), present)
    (item,) = proposal.items
    assert (item.kind, item.key) == ("changed", key)
    assert "+ title: Implement warnings for the warehouse" in item.lines
    assert proposal.default_accepted == {item.id}


def test_a_new_requirement_changes_the_task_it_belongs_to() -> None:
    present = planned()
    line = "- A customer must see the sum of the cart with taxes."
    prd = PRD.replace("- The cart must be kept", line + "\n- The cart must be kept")
    (item,) = changes(prd, present).items
    assert (item.kind, item.key) == ("changed", key_of(present.tag(), "cart"))
    assert any(line[2:] in shown for shown in item.lines if shown.startswith("+ details"))
    assert not any("30 days" in shown for shown in item.lines if "details" in shown)


def test_a_new_section_becomes_a_new_task_with_dependencies_on_kept_ids() -> None:
    present = planned()
    section = "### Gift cards\n- A customer must buy gift cards. Requires checkout.\n\n"
    proposal = changes(PRD.replace("## Testing", section + "## Testing"), present)
    added = [item for item in proposal.items if item.kind == "added"]
    assert len(added) == 1
    assert not [item for item in proposal.items if item.kind == "removed"]
    after = applied(present, proposal.edits(proposal.default_accepted)).tag()
    new = after.find(added[0].key)
    assert "gift cards" in new.title.lower()
    assert key_of(after, "checkout") in new.written_dependencies
    assert [task.key for task in after.tasks[:-1]] == [task.key for task in present.tag().tasks]
    assert tag_findings(TaskGraph(after)) == ()


def test_a_deleted_section_is_no_longer_asked_for() -> None:
    present = planned()
    start, end = PRD.index("### Stock alerts"), PRD.index("## Testing")
    proposal = changes(PRD[:start] + PRD[end:], present)
    removed = [item for item in proposal.items if item.kind == "removed"]
    assert [item.key for item in removed] == [key_of(present.tag(), "stock alerts")]
    assert removed[0].id in proposal.default_accepted
    after = applied(present, proposal.edits(proposal.default_accepted)).tag()
    assert tag_findings(TaskGraph(after)) == ()


@pytest.mark.parametrize("status", ["done", "completed", "in-progress", "review", "blocked"])
def test_begun_or_finished_work_is_offered_but_not_ticked(status: str) -> None:
    present = planned()
    key = key_of(present.tag(), "stock alerts")
    raw = json.loads(present.data)
    next(task for task in raw["master"]["tasks"] if str(task["id"]) == key)["status"] = status
    present = document(*raw["master"]["tasks"])
    start, end = PRD.index("### Stock alerts"), PRD.index("## Testing")
    proposal = changes(PRD[:start] + PRD[end:], present)
    assert f"-{key}" in {item.id for item in proposal.items}
    assert f"-{key}" not in proposal.default_accepted
    assert applied(present, proposal.edits(proposal.default_accepted)).tag().find(key).status == status


def test_a_pending_task_with_a_finished_subtask_is_not_ticked_for_removal() -> None:
    task = {"id": 1, "title": "Old", "details": 'From the PRD, "Old" (PRD line 3):\n- x (line 3)'}
    begun = {**task, "subtasks": [{"id": 1, "title": "Part", "status": "done"}]}
    assert prd_changes([], document(task).tag()).default_accepted == {"-1"}
    assert prd_changes([], document(begun).tag()).default_accepted == set()


def test_a_task_written_by_hand_is_not_ticked_for_removal() -> None:
    present = planned()
    own = {"id": 40, "title": "Buy a cake", "status": "pending"}
    present = document(*json.loads(present.data)["master"]["tasks"], own)
    proposal = changes(PRD, present)
    assert [item.id for item in proposal.items] == ["-40"]
    assert proposal.default_accepted == set()


def test_a_changed_task_keeps_status_and_subtasks_and_a_done_one_is_not_ticked() -> None:
    prd = PRD.replace("30 days", "90 days")
    for status, ticked in (("in-progress", True), ("done", False)):
        present = planned()
        key = key_of(present.tag(), "cart")
        raw = json.loads(present.data)["master"]["tasks"]
        task = next(task for task in raw if str(task["id"]) == key)
        task |= {"status": status, "subtasks": [{"id": 1, "title": "Table", "status": "done"}]}
        present = document(*raw)
        proposal = changes(prd, present)
        assert [item.id for item in proposal.items] == [f"~{key}"]
        assert (f"~{key}" in proposal.default_accepted) == ticked
        after = applied(present, proposal.edits()).tag().find(key)
        assert "90 days" in after.details
        assert (after.status, [s.status for s in after.subtasks]) == (status, ["done"])


def test_what_people_wrote_into_a_task_stays_where_its_lines_did_not_change() -> None:
    present = planned()
    cart, checkout = key_of(present.tag(), "cart"), key_of(present.tag(), "checkout")
    ours = [EditField(cart, "details", "as discussed"), EditField(checkout, "description", "ours")]
    present = applied(present, ours)
    prd = PRD.replace("within one minute", "within two minutes")
    with_before, without = changes(prd, present, PRD), changes(prd, present)
    assert [item.key for item in with_before.items] == [checkout]
    assert {item.key for item in without.items} == {cart, checkout}


def test_the_prd_that_was_planned_is_remembered_for_each_tag(tmp_path: Path) -> None:
    assert remembered_prd(tmp_path, "master") is None
    remember_prd(tmp_path, "master", PRD)
    remember_prd(tmp_path, "../später", "other")
    assert remembered_prd(tmp_path, "master") == PRD
    assert remembered_prd(tmp_path, "../später") == "other"
    remember_prd(tmp_path, "master", "new\r\n")
    assert remembered_prd(tmp_path, "master") == "new\r\n"
    assert list(tmp_path.iterdir()) == []


def test_a_note_of_the_prd_goes_and_comes_with_the_change_it_belongs_to(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    (root / ".taskmaster/tasks").mkdir(parents=True)
    path = root / ".taskmaster/tasks/tasks.json"
    path.write_bytes(planned().data)
    store = TaskStore(path, state_folder(root), "here")
    for minutes in ("two", "three"):
        store.apply([EditField("1", "details", minutes)])
        remember_prd(root, "master", PRD.replace("one minute", f"{minutes} minutes"))
    store.undo()
    assert "two minutes" in str(remembered_prd(root, "master"))
    store.redo()
    assert "three minutes" in str(remembered_prd(root, "master"))
    store.undo()
    store.undo()
    assert remembered_prd(root, "master") is None


def test_a_prd_is_followed_when_every_change_was_taken() -> None:
    present = planned()
    prd = PRD.replace("30 days", "90 days")
    proposal = changes(prd, present, PRD)
    assert proposal.settled(proposal.default_accepted)
    assert not proposal.settled(set())
    done = applied(present, [SetStatus(key_of(present.tag(), "cart"), "done")])
    later = changes(prd, done, PRD)
    assert not later.settled(later.default_accepted)


def test_a_task_that_was_left_out_before_is_offered_but_not_ticked() -> None:
    whole = planned()
    key = key_of(whole.tag(), "stock alerts")
    raw = [task for task in json.loads(whole.data)["master"]["tasks"] if str(task["id"]) != key]
    for task in raw:
        task["dependencies"] = [need for need in task["dependencies"] if str(need) != key]
    proposal = changes(PRD.replace("30 days", "90 days"), document(*raw), PRD)
    added = [item for item in proposal.items if item.kind == "added"]
    assert len(added) == 1
    assert added[0].id not in proposal.default_accepted


def test_a_cancelled_task_is_not_asked_for_again() -> None:
    present = planned()
    key = key_of(present.tag(), "stock alerts")
    present = applied(present, [SetStatus(key, "cancelled")])
    assert changes(PRD, present).empty


def test_a_model_that_words_a_title_otherwise_speaks_of_the_same_task() -> None:
    tag = document(
        {"id": 1, "title": "Implement user authentication", "description": "Sign-up, login and JWT tokens."},
        {"id": 2, "title": "Create the product catalogue", "description": "Products with prices."},
    ).tag()
    drafts = [
        TaskDraft(id=1, title="Product catalogue with search", description="Products with prices."),
        TaskDraft(id=2, title="Build authentication of users", description="Login, sign-up, JWT tokens."),
        TaskDraft(id=3, title="Ship parcels", description="Labels of the carrier.", dependencies=[1, 2]),
    ]
    proposal = prd_changes(drafts, tag)
    assert [item.id for item in proposal.items] == ["~2", "~1", "+3"]
    after = applied(document(*(dict(task.raw) for task in tag.tasks)), proposal.edits()).tag()
    assert after.find("3").written_dependencies == ("2", "1")


def test_titles_that_differ_by_a_number_are_different_tasks() -> None:
    tag = document(*({"id": at, "title": f"Milestone {at}"} for at in (1, 2, 3))).tag()
    drafts = [TaskDraft(id=at, title=f"Milestone {at}") for at in (2, 3, 4)]
    kinds = {(item.kind, item.title) for item in prd_changes(drafts, tag).items}
    assert ("added", "Milestone 4") in kinds
    assert ("removed", "Milestone 1") in kinds


def test_a_changed_dependency_of_a_kept_task_is_proposed() -> None:
    before = document(
        {"id": 1, "title": "Schema of users"}, {"id": 2, "title": "Login page", "dependencies": []}
    )
    drafts = [
        TaskDraft(id=1, title="Schema of users", priority=""),
        TaskDraft(id=2, title="Login page", priority="", dependencies=[1, 3]),
        TaskDraft(id=3, title="Session store", dependencies=[1]),
    ]
    proposal = prd_changes(drafts, before.tag())
    assert [item.id for item in proposal.items] == ["~2", "+3"]
    assert "+ dependencies: 1" in proposal.items[0].lines
    whole = applied(before, proposal.edits()).tag()
    assert whole.find("2").written_dependencies == ("1", "3")
    alone = applied(before, proposal.edits({"~2"})).tag()
    assert alone.find("2").written_dependencies == ("1",)


def test_a_dependency_on_a_task_of_ones_own_stays() -> None:
    before = document({"id": 1, "title": "Buy a cake"}, {"id": 2, "title": "Login page", "dependencies": [1]})
    proposal = prd_changes([TaskDraft(id=1, title="Login page", description="New.")], before.tag())
    after = applied(before, proposal.edits({"~2"})).tag()
    assert after.find("2").written_dependencies == ("1",)
    assert after.find("2").description == "New."


def test_texts_that_may_be_somebodys_own_are_not_ticked() -> None:
    drafts = [TaskDraft(id=1, title="Login page", description="A form.", source_lines=(1, 1))]
    tag = document({"id": 2, "title": "Login page", "description": "As agreed with Anna."}).tag()
    assert [item.id for item in prd_changes(drafts, tag).items] == ["~2"]
    assert prd_changes(drafts, tag).default_accepted == set()
    known = prd_changes(drafts, tag, prd="Login with a form.\nOn one page.", before="Login.\nOn one page.")
    assert known.default_accepted == {"~2"}
    other = prd_changes(drafts, tag, prd="Login with a form.", before="Another document.")
    assert other.default_accepted == set()


def test_a_draft_that_comes_again_with_its_id_replaces_the_earlier_one() -> None:
    first, second = TaskDraft(id=1, title="Logn page"), TaskDraft(id=1, title="Login page")
    for proposal in (plan_proposal([first, second], None), prd_changes([first, second], None)):
        assert [(item.id, item.title) for item in proposal.items] == [("+1", "Login page")]
        assert [task.title for task in applied(document(), proposal.edits()).tag().tasks] == ["Login page"]
    parent = document({"id": 4, "title": "Parent"}).tag().find("4")
    parts = [SubtaskDraft(id=1, title="a"), SubtaskDraft(id=1, title="b")]
    assert [item.title for item in subtask_proposal(parent, parts).items] == ["b"]


def test_large_plans_are_matched_too() -> None:
    names = [f"{a}{b} {c}" for a in "bdfgk" for b in ("ana", "ilo", "umi", "ora") for c in range(60)]
    tag = document(*({"id": at, "title": f"Handle {name}"} for at, name in enumerate(names, 1))).tag()
    drafts = [TaskDraft(id=at, title=f"Handle {name}", priority="") for at, name in enumerate(names, 1)]
    assert prd_changes(list(reversed(drafts)), tag).empty


def problems(tag: Tag) -> list[tuple[str, str]]:
    return [(finding.kind, finding.key) for finding in tag_findings(TaskGraph(tag))]


WORDS = st.sampled_from(["login", "page", "cart", "stock", "export", "2", "10", "of", "日本", ""])
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)
IDS = st.one_of(st.integers(-2, 12), st.sampled_from(["1", "2", "7", "a", "1.2", "03", "9" * 30]))
STATUSES = st.sampled_from(["pending", "done", "completed", "in-progress", "cancelled", "odd"])


@st.composite
def task_files(draw: st.DrawFn) -> TaskDocument:
    tasks: list[dict[str, Any]] = []
    for number in draw(st.lists(IDS, max_size=6, unique_by=str)):
        task: dict[str, Any] = {"id": number, "title": draw(TEXTS), "details": draw(TEXTS)}
        task |= {"status": draw(STATUSES), "description": draw(TEXTS)}
        earlier = [other["id"] for other in tasks]
        task["dependencies"] = draw(st.lists(st.sampled_from(earlier), max_size=3)) if earlier else []
        if draw(st.booleans()):
            task["subtasks"] = [{"id": 1, "title": "part", "status": draw(STATUSES), "dependencies": []}]
        tasks.append(task)
    return document(*tasks)


DRAFTS = st.lists(
    st.builds(
        TaskDraft,
        id=st.integers(-1, 9),
        title=TEXTS,
        description=TEXTS,
        details=TEXTS,
        dependencies=st.lists(st.integers(-1, 12), max_size=3),
        source_lines=st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)),
    ),
    max_size=7,
)


@settings(max_examples=300, deadline=None)
@given(present=task_files(), drafts=DRAFTS, prds=st.none() | st.tuples(TEXTS, TEXTS), data=st.data())
def test_any_choice_leaves_a_sound_file_and_finished_work(
    present: TaskDocument, drafts: list[TaskDraft], prds: tuple[str, str] | None, data: st.DataObject
) -> None:
    before, prd = prds or (None, None)
    proposal = prd_changes(drafts, present.tag(), prd=prd, before=before)
    ids = [item.id for item in proposal.items]
    assert len(set(ids)) == len(ids)
    assert proposal.default_accepted <= set(ids)
    chosen = set(data.draw(st.lists(st.sampled_from(ids)))) if ids else set[str]()
    for accepted in (chosen, proposal.default_accepted):
        after = applied(present, proposal.edits(accepted)).tag()
        assert {*problems(after)} <= {*problems(present.tag())}
        assert len(after.nodes) == len({*after.nodes})
        for task in present.tag().tasks:
            if f"-{task.key}" not in accepted:
                assert after.find(task.key).status == task.status
                assert len(after.find(task.key).subtasks) == len(task.subtasks)
    kept = {task.key for task in applied(present, proposal.edits(proposal.default_accepted)).tag().tasks}
    assert {task.key for task in present.tag().tasks if task.status in FINISHED} <= kept


def left_out() -> tuple[TaskDocument, list[TaskDraft]]:
    """Two tasks, and a plan that wants a third between them."""
    before = document(
        {"id": 1, "title": "Schema of users", "dependencies": []},
        {"id": 2, "title": "Login page", "description": "old", "dependencies": [1]},
        {"id": 3, "title": "Receipts by mail", "description": "old", "dependencies": []},
    )
    return before, [
        TaskDraft(id=1, title="Schema of users", priority=""),
        TaskDraft(id=2, title="Login page", description="new", priority="", dependencies=[1, 4]),
        TaskDraft(id=3, title="Receipts by mail", description="new", priority="", dependencies=[4]),
        TaskDraft(id=4, title="Session store", dependencies=[1]),
        TaskDraft(id=5, title="Audit of logins", dependencies=[4, 2]),
    ]


def test_what_is_shown_is_what_is_written_when_a_part_is_taken() -> None:
    before, drafts = left_out()
    proposal = prd_changes(drafts, before.tag())
    taken = {"~2", "~3", "+5"}
    shown = {item.id: item.lines for item in proposal.written(taken)}
    after = applied(before, proposal.edits(taken)).tag()
    assert shown["~2"][:2] == ("- description: old", "+ description: new")
    assert not any("dependencies" in line for line in shown["~2"])
    assert after.find("2").written_dependencies == ("1",)
    assert "+ dependencies: 1" in shown["~3"]
    assert after.find("3").written_dependencies == ("1",)
    # Task 1 is reached through task 2: it need not be named for the task that was left out.
    assert "+ dependencies: 2" in shown["+5"]
    assert after.find("5").written_dependencies == ("2",)


def test_a_change_of_which_nothing_is_left_is_not_said_to_be_made() -> None:
    before, drafts = left_out()
    drafts[1] = drafts[1].model_copy(update={"description": "old"})
    proposal = prd_changes(drafts, before.tag())
    assert "+ dependencies: 4" in next(item for item in proposal.items if item.id == "~2").lines
    assert [item.id for item in proposal.written({"~2", "~3"})] == ["~3"]
