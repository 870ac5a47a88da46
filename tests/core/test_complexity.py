"""Complexity reports: found by tag, read in both shapes, merged by task, never written over when damaged."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from core.errors import DamagedFile
from core.project import Project, project_at
from core.tasks.complexity import (
    ComplexityReport,
    Score,
    band,
    heat,
    load_report,
    measures,
    read_report,
    report_path,
    rolled_up,
    save_report,
    score_text,
    weights,
)
from core.tasks.document import parse
from core.tasks.graph import TaskGraph


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".taskmaster" / "reports").mkdir(parents=True)
    return project_at(tmp_path)


def report(project: Project, name: str, *entries: object) -> Path:
    path = project.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"meta": {"thresholdScore": 5}, "complexityAnalysis": list(entries)}))
    return path


def entry(task_id: object, score: object = 7) -> dict[str, object]:
    return {"taskId": task_id, "taskTitle": "t", "complexityScore": score, "recommendedSubtasks": 4}


def loaded(project: Project, tag: str = "master") -> ComplexityReport:
    found = load_report(project, tag)
    assert found is not None
    return found


def test_both_shapes_of_entries_are_read_and_ids_compared_as_text(project: Project) -> None:
    odd = {"id": 2, "complexity": 3, "subtaskCount": 1}
    path = report(
        project, ".taskmaster/reports/task-complexity-report.json", entry(1, 7.5), odd, entry("x"), "?", {}
    )
    found = loaded(project)
    assert found.path == path
    assert {key: (score.score, score.recommended) for key, score in found.scores.items()} == {
        **{"1": (7.5, 4), "2": (3, 1), "x": (7, 4)}
    }
    assert found.skipped == 2
    assert found.meta["thresholdScore"] == 5


def test_the_raw_tag_name_is_tried_before_its_slug(project: Project) -> None:
    slug = report(project, ".taskmaster/reports/task-complexity-report_my-tag.json", entry(1))
    assert report_path(project, "My tag") == slug
    raw = report(project, ".taskmaster/reports/task-complexity-report_My tag.json", entry(1))
    assert report_path(project, "My tag") == raw


def test_the_old_place_is_read_for_master_only(project: Project) -> None:
    old = report(project, "scripts/task-complexity-report.json", entry(1))
    assert loaded(project).path == old
    assert load_report(project, "other") is None
    new = report(project, ".taskmaster/reports/task-complexity-report.json", entry(1))
    assert loaded(project).path == new


def test_a_tag_cannot_lead_out_of_the_reports_folder(project: Project) -> None:
    assert report_path(project, "../../x").parent == project.folder / "reports"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('{\n"complexityAnalysis": [\n<<<<<<< HEAD\n]}', 3, "git conflict marker"),
        ("", 1, "not valid JSON"),
        ("[]", 1, "no complexityAnalysis list"),
        ('{"complexityAnalysis": []} {}', 1, "not valid JSON"),
    ],
)
def test_a_damaged_report_is_said_and_never_written_over(
    project: Project, text: str, line: int, what: str
) -> None:
    path = project.folder / "reports" / "task-complexity-report.json"
    path.write_text(text)
    with pytest.raises(DamagedFile, match=what) as caught:
        load_report(project)
    assert caught.value.line == line
    with pytest.raises(DamagedFile):
        save_report(project, "master", [Score("1", "t", 5, 3)])
    assert path.read_text() == text


def test_saving_replaces_what_was_analysed_and_keeps_the_rest(project: Project) -> None:
    path = report(
        project,
        ".taskmaster/reports/task-complexity-report.json",
        entry(1),
        {"note": "kept"},
        entry("2"),
        entry(2),
    )
    save_report(
        project, "master", [Score("2", "New", 9, 6, "p", "r"), Score("10", "Ten", 2.5, 0)], research=True
    )
    raw = json.loads(path.read_text())
    assert [item.get("taskId", item.get("note")) for item in raw["complexityAnalysis"]] == [1, "kept", 2, 10]
    assert raw["complexityAnalysis"][2] == {
        "taskId": 2,
        "taskTitle": "New",
        "complexityScore": 9,
        "recommendedSubtasks": 6,
        "expansionPrompt": "p",
        "reasoning": "r",
    }
    assert raw["meta"] | {"generatedAt": ""} == {
        "generatedAt": "",
        "tasksAnalyzed": 2,
        "totalTasks": 4,
        "analysisCount": 4,
        "thresholdScore": 5,
        "projectName": project.root.name,
        "usedResearch": True,
    }
    assert path.read_text().startswith('{\n\t"meta": {\n\t\t"thresholdScore": 5,\n')


def test_a_report_made_new_is_named_by_its_tag(project: Project) -> None:
    saved = save_report(project, "feature", [Score("1", "t", 5, 3)], project_name="Mine")
    assert saved.path == project.folder / "reports" / "task-complexity-report_feature.json"
    assert saved.meta["projectName"] == "Mine"
    assert loaded(project, "feature").scores == saved.scores


def test_results_saved_at_the_same_time_are_all_kept(project: Project) -> None:
    threads = [
        threading.Thread(target=save_report, args=(project, "master", [Score(str(n), "t", 5, 3)]))
        for n in range(1, 13)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(loaded(project).scores) == {str(n) for n in range(1, 13)}


def test_bands_and_shades() -> None:
    assert [band(score) for score in (1, 4.9, 5, 7.9, 8, 10)] == [
        "low",
        "low",
        "medium",
        "medium",
        "high",
        "high",
    ]
    assert heat(None) == 0
    shades = [heat(score / 2) for score in range(0, 41)]
    assert shades == sorted(shades)
    assert (shades[0], shades[-1]) == (1, 8)
    assert [heat(score) for score in (3, 5, 7, 8, 9)] == [2, 4, 6, 7, 8]
    assert (score_text(7), score_text(7.5)) == ("7", "7.5")


def test_recommended_against_present_subtasks() -> None:
    tasks = [
        {"id": "1", "subtasks": [{"id": 1}]},
        {"id": 2, "complexity": 3, "recommendedSubtasks": 2},
        {"id": 3},
    ]
    tag = parse(json.dumps({"master": {"tasks": tasks}}).encode()).tag()
    found = read_report(json.dumps({"complexityAnalysis": [entry(1, 8)]}).encode(), Path("report.json"))
    rows = measures(tag, found)
    assert [(row.score, row.recommended, row.present, row.missing) for row in rows] == [
        *((8, 4, 1, 3), (3, 2, 0, 2), (None, 0, 0, 0))
    ]
    assert rolled_up(rows) == 5.5
    assert rolled_up([]) is None
    assert TaskGraph(tag, weights(found)).weights == {"1": 8.0}


def test_reports_of_the_corpus_are_read_or_refused_with_a_place(corpus: Path) -> None:
    read, damaged = 0, []
    for path in sorted(corpus.glob("tasks/**/*complexity*.json")):
        try:
            read += bool(read_report(path.read_bytes(), path).scores)
        except DamagedFile as error:
            damaged.append((error.what, error.line > 1))
    assert read >= 10
    assert set(damaged) <= {("git conflict marker", True)}
