"""The stages of the pipeline bar say what is proven, and what no longer is."""

from __future__ import annotations

from tests.fakes.command_line import CommandLine
from tui.bridges.snapshot import take_snapshot
from tui.bridges.stages import Stage

PRD = "# Shop\n\n## Requirements\n- A customer must order.\n- A clerk must count the stock.\n"


def prd_stage(cli: CommandLine) -> Stage:
    from core.services import open_project

    space = open_project(cli.folder)
    shown = take_snapshot(space.project, space.prd, space.document, space.tag)
    return next(stage for stage in shown.stages if stage.name == "PRD")


def test_a_prd_that_changed_since_planning_is_stale_until_the_tasks_follow_it(bare_cli: CommandLine) -> None:
    bare_cli("init")
    path = bare_cli.folder / ".taskmaster/docs/prd.txt"
    path.write_text(PRD)
    bare_cli("parse-prd")
    assert prd_stage(bare_cli).state == "done"
    path.write_bytes(PRD.replace("\n", "  \r\n").encode())
    assert prd_stage(bare_cli).state == "done"
    path.write_text(PRD + "- A clerk must print the stock.\n")
    stage = prd_stage(bare_cli)
    assert (stage.state, stage.proof) == ("stale", "changed")
    assert "since the tasks were planned from it" in dict(stage.evidence)["Changed"]
    bare_cli("parse-prd", "--changes")
    assert prd_stage(bare_cli).state == "done"
    bare_cli("undo")
    assert prd_stage(bare_cli).state == "stale"
    refused = bare_cli("parse-prd")
    assert refused.code == 3
    assert refused.err.index("--changes") < refused.err.index("--append")
