"""The failures of one lost day with an agent platform, and what keeps each of them from happening here.

F1 to F54 were seen on that day, L1 to L18 were found in the platform's code afterwards. Each stands in the
table with what it is in this design and with the tests that show Taskdeck preventing or plainly reporting it;
or with the reason why it cannot occur; or with what the cluster's tests will show. Tests that are named here
are collected, so that a renamed one is noticed.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAY = "tests/end_to_end/test_the_day.py"
WHOLE_DAY = f"{DAY}::test_one_command_from_a_stale_remote_to_the_pull_request"
GATE = f"{DAY}::test_a_result_that_fails_the_gate_is_not_pushed_and_its_story_is_told"
KILLS = "tests/end_to_end/test_delivery_kills.py"
RUN_KILLS = "tests/end_to_end/test_run_kills.py"
RUNS = "tests/end_to_end/test_runs.py"
DELIVERY = "tests/core/test_run_delivery.py"
START = "tests/core/test_run_start.py"
RECORDS = "tests/core/test_run_records.py"
PUBLISH = "tests/core/test_publish.py"
REFUSALS = "tests/core/test_publish_refusals.py"
FORGE = "tests/core/test_forge.py"
INCIDENT = "tests/core/test_incident.py"
AGENT_GATE = "tests/core/test_documents_gate.py"
TRAPS = "tests/core/test_agent_traps.py"
RUN_SCREEN = "tests/tui/test_run_screen.py"
PUBLISH_SCREEN = "tests/tui/test_publish_screen.py"
CARD = "tests/tui/test_pull_request_card.py"
ADVICE = "tests/tui/test_advice.py"


@dataclass(frozen=True)
class Failure:
    """One failure: `what` it is here, and at least one of the three answers to it."""

    what: str
    tests: tuple[str, ...] = ()
    cannot: str = ""
    """Why it cannot occur in this design."""
    cluster: str = ""
    """Waits for the cluster: what will be tested there."""


def shown(what: str, *tests: str, cluster: str = "") -> Failure:
    """A failure that can occur, with the tests that show what Taskdeck does about it."""
    return Failure(what, tests, cluster=cluster)


FAILURES: dict[str, Failure] = {
    "F1": shown(
        "A configured address that nobody answers at: the forge's, the remote's.",
        f"{FORGE}::test_no_forge_at_that_address",
        "tests/core/test_doctor_online.py::test_a_remote_that_is_gone_is_named",
        cluster="Each context of the kubeconfig is asked before an action is offered; the live one is shown.",
    ),
    "F2": shown(
        "An error that hides the address and the cause.",
        f"{FORGE}::test_a_refusal_of_the_forge_names_address_and_cause",
        "tests/core/test_forge_gh.py::test_a_failure_by_gh_names_its_cause",
        "tests/core/test_doctor_online.py::test_a_remote_that_is_gone_is_named",
    ),
    "F3": shown(
        "A failure told as a success: by an agent's words, or by an exit code.",
        GATE,
        f"{TRAPS}::test_trap_4_any_sign_of_failure_is_one",
        f"{DAY}::test_documents_that_stayed_here_are_no_pull_request",
        cluster="A submission is done when the object was read back by its uid.",
    ),
    "F4": shown(
        "A process that lives is taken for the run, or a dead one's run for alive.",
        f"{RUN_KILLS}::test_the_list_tells_the_truth_of_a_killed_run",
        f"{RECORDS}::test_the_lock_says_whether_the_worker_lives",
        cluster="Remote run, Job and pods are listed; a port-forward is shown apart from them.",
    ),
    "F5": shown(
        "Advice that names a command or an option that does not exist.",
        f"{ADVICE}::test_every_command_that_is_advised_exists",
        "tests/tui/test_cli_project.py::test_help_lists_every_command_and_nothing_that_is_not_there",
    ),
    "F6": shown(
        "A run that counts as running although nobody works on it.",
        f"{RUN_KILLS}::test_a_worker_killed_in_each_stage",
        f"{TRAPS}::test_trap_12_an_agent_that_says_nothing_at_all_stalls",
        cluster="A TaskRun that runs without a live pod is a red state of its own, with status.message.",
    ),
    "F7": shown(
        "A second attempt collides with what the first one left.",
        f"{RECORDS}::test_run_ids_are_utc_and_apart",
        f"{START}::test_the_same_work_twice_is_refused_by_the_name_of_the_run",
        f"{RUNS}::test_a_retry_takes_only_what_failed_with_its_context",
        cluster="Names are unique for each attempt; a foreign Job of the same name is told before.",
    ),
    "F8": shown(
        "One word for the state of a run, late and vague.",
        f"{RUN_SCREEN}::test_the_whole_story_of_a_run_is_on_one_screen",
        f"{RECORDS}::test_stages_of_a_run_follow_from_what_it_shall_do",
        cluster="Pod, Job and TaskRun are followed by watching, each with its own time.",
    ),
    "F9": shown(
        "Attempts that cannot be told apart by their names.",
        f"{RECORDS}::test_every_attempt_is_kept_and_the_last_counts",
        f"{INCIDENT}::test_every_attempt_of_the_same_work_is_named",
        cluster="Pods carry role and attempt number as labels, and are shown by them.",
    ),
    "F10": Failure(
        "A clean slate that deletes the history of other runs.",
        cannot="No command deletes a run, its ledger or its logs; work trees go by their run's name.",
        cluster="Objects are deleted by owner, after logs and objects were saved, with a preview.",
    ),
    "F11": shown(
        "The task file exists here only, and the agent cannot find it.",
        WHOLE_DAY,
        f"{START}::test_a_task_file_git_does_not_know_is_refused_and_commit_repairs_it",
        f"{REFUSALS}::test_ignored_task_file",
    ),
    "F12": shown(
        "A run for another branch than the one the user is on.",
        WHOLE_DAY,
        f"{DELIVERY}::test_a_branch_changed_under_the_run_stops_it",
        f"{KILLS}::test_a_retry_on_another_branch_is_refused",
    ),
    "F13": shown(
        "A workspace called prepared without its input.",
        f"{DAY}::test_a_task_file_that_changes_as_the_run_begins_stops_it_before_any_agent",
        "tests/core/test_documents_agent.py::test_missing_or_different_input_stops_it_before_it_writes",
    ),
    "F14": shown(
        "An agent that invents tasks because it finds none.",
        f"{GATE}[invents-task file-daemon]",
        "tests/core/test_documents_agent.py::test_the_prompt_names_input_output_and_when_to_stop",
    ),
    "F15": shown(
        "A task file made up or changed by an agent gets into the result.",
        f"{GATE}[changes_tasks-task file-daemon]",
        f"{AGENT_GATE}::test_any_other_change_stops_it",
    ),
    "F16": shown(
        "Files of the platform get into the pull request.", f"{GATE}[adds_files-CLAUDE.md-daemon]", WHOLE_DAY
    ),
    "F17": shown(
        "Documents of another stack, or of another task under the right number.",
        f"{GATE}[writes_node-title-daemon]",
        f"{AGENT_GATE}::test_words_of_another_tool_chain_only_warn",
    ),
    "F18": shown(
        "Documents for other ids, and for some of the tasks only.",
        f"{RUNS}::test_each_misbehaving_agent_fails_with_its_evidence",
        "tests/tui/test_cli_docs_status.py::test_the_matrix_names_what_is_stale_missing_and_foreign",
        WHOLE_DAY,
    ),
    "F19": shown(
        "A precondition that does not hold is explained away.",
        "tests/core/test_preflight.py::test_only_what_failed_and_was_named_is_waived",
        f"{DELIVERY}::test_waived_checks_are_kept_with_the_run",
    ),
    "F20": shown(
        "A claim without evidence.",
        f"{RUN_SCREEN}::test_a_stage_opens_its_proof",
        f"{DELIVERY}::test_a_run_goes_from_the_changed_file_to_a_pull_request_on_the_users_branch",
    ),
    "F21": shown(
        "The remote holds an older plan.",
        WHOLE_DAY,
        f"{PUBLISH_SCREEN}::test_the_four_truths_are_shown_before_anything_is_done",
    ),
    "F22": shown(
        "A path that is put together from the current folder, and nothing found is passed over.",
        f"{DAY}::test_the_task_file_is_the_same_from_every_folder",
        "tests/tui/test_cli_publish.py::test_named_path_counts_from_the_current_folder",
    ),
    "F23": shown(
        "Nothing to commit, so nothing is pushed.",
        f"{DAY}::test_a_clean_work_tree_is_not_taken_for_published[committed-daemon]",
        f"{PUBLISH}::test_clean_work_tree_is_not_taken_for_published",
    ),
    "F24": shown(
        "A git command that fails unnoticed.",
        f"{REFUSALS}::test_commit_hook_that_refuses",
        f"{REFUSALS}::test_push_hook_that_refuses",
        f"{DAY}::test_a_server_that_declines_the_task_file_stops_before_any_agent",
    ),
    "F25": shown(
        "Nobody knows whether a commit was made.",
        "tests/tui/test_cli_publish.py::test_json_of_publish_has_the_steps",
        f"{PUBLISH}::test_clean_work_tree_is_not_taken_for_published",
    ),
    "F26": shown(
        "Content is judged by its words, on the wrong side.",
        f"{PUBLISH}::test_check_climbs_from_changed_to_proven",
        f"{PUBLISH}::test_remote_holds_the_file_afterwards",
        f"{AGENT_GATE}::test_where_the_project_names_no_tool_chain_no_word_is_strange",
    ),
    "F27": shown(
        "The task file of the repository's top is read in the place of the project's own.",
        WHOLE_DAY,
        "tests/core/test_repository.py::test_where_we_are",
    ),
    "F28": shown(
        "A branch that does not exist, by a typing error.",
        f"{DAY}::test_a_base_that_is_not_there_is_said_before_any_agent",
        f"{FORGE}::test_a_missing_base_is_refused_and_no_default_takes_its_place",
    ),
    "F29": shown(
        "Everything up-to-date, because another branch was pushed.",
        f"{PUBLISH}::test_remote_holds_the_file_afterwards",
        f"{PUBLISH}::test_first_push_of_a_branch_by_naming_the_remote",
        f"{REFUSALS}::test_branch_that_is_pushed_to_a_protected_one",
    ),
    "F30": shown(
        "The deletion of another project's file is passed over, or published.",
        f"{DAY}::test_the_deletion_of_the_other_projects_file_is_shown_and_never_published",
        f"{REFUSALS}::test_deletion_is_not_published",
    ),
    "F31": shown(
        "A commit takes along what else is staged.",
        f"{PUBLISH}::test_only_the_named_file_is_in_the_commit_and_the_rest_stays",
        WHOLE_DAY,
    ),
    "F32": shown(
        "History is rewritten or forced.",
        "tests/core/test_publish_model.py::test_a_few_random_days",
        f"{PUBLISH}::test_remote_that_others_pushed_to_is_never_proven_nor_pushed_over",
    ),
    "F33": shown(
        "Nobody knows which build was in use.",
        f"{INCIDENT}::test_a_failed_run_is_told_whole",
        WHOLE_DAY,
        cluster="Versions of controller, resource definitions and images are compared with this one.",
    ),
    "F34": shown(
        "The pull request goes to the default branch.",
        WHOLE_DAY,
        f"{FORGE}::test_a_pull_request_goes_to_the_branch_that_was_named",
    ),
    "F35": shown(
        "The wrong pull request is merged, because its base is not in sight.",
        f"{CARD}::test_a_pull_request_to_another_base_is_red_and_offers_nothing",
    ),
    "F36": shown(
        "A branch said to be cut from the user's, and cut from another.",
        WHOLE_DAY,
        f"{RUNS}::test_documents_come_to_one_branch_and_nothing_else_changes",
    ),
    "F37": shown(
        "The base is guessed late, from where git stands then.",
        f"{DELIVERY}::test_the_base_can_be_named_and_is_never_replaced",
        f"{KILLS}::test_a_retry_on_another_branch_is_refused",
    ),
    "F38": shown(
        "Something counts as made before anybody looked at it.",
        f"{FORGE}::test_a_forge_that_changes_the_base_is_caught_by_reading_back",
        f"{CARD}::test_documents_lead_to_a_card_that_is_read_back",
        f"{DELIVERY}::test_without_pr_the_branch_is_pushed_and_read_back",
    ),
    "F39": shown(
        "The pull request is left to the model, and is not made when it stops early.",
        f"{KILLS}::test_a_worker_killed_on_the_way_out_is_gone_on_with",
        f"{DELIVERY}::test_a_forge_that_fails_is_retried_without_running_agents_again",
        f"{DAY}::test_an_agent_with_a_shell_pushes_nothing_and_its_branches_are_told",
    ),
    "F40": shown(
        "Parameters get lost between plan and command.",
        f"{START}::test_every_parameter_is_told_with_its_source",
        GATE,
    ),
    "F41": shown(
        "One has to look in three places to know how a run stands.",
        f"{RUN_SCREEN}::test_the_whole_story_of_a_run_is_on_one_screen",
        GATE,
    ),
    "F42": shown(
        "Guesses how long it takes.", f"{RECORDS}::test_time_left_is_a_range_that_narrows"
    ),
    "F43": shown("All green, and nothing measured.", f"{RUNS}::test_health_says_only_what_was_measured"),
    "F44": shown(
        "Documents that are written already cannot be seen before the end.",
        f"{RUN_SCREEN}::test_the_files_lead_to_a_preview",
        "tests/tui/test_agent_work.py::test_a_document_is_read_while_its_agent_still_works",
    ),
    "F45": shown(
        "Waiting blocks everything else.",
        f"{RUNS}::test_a_detached_run_goes_on",
        f"{PUBLISH_SCREEN}::test_escape_stops_before_the_next_step",
        "tests/tui/test_notifications.py::test_the_end_of_a_run_is_told_when_somebody_saw_it_run",
    ),
    "F46": shown(
        "Nobody knows what a run costs.",
        "tests/core/test_agent_rows.py::test_the_end_tells_turns_seconds_and_cost",
        "tests/tui/test_notifications.py::test_an_agent_beyond_its_budget_is_told",
    ),
    "F47": shown(
        "A run without an end that was written down.",
        f"{RUN_KILLS}::test_a_worker_killed_in_each_stage",
        f"{KILLS}::test_a_worker_killed_behind_its_last_proof_is_done",
        f"{KILLS}::test_a_command_killed_on_the_way_out_leaves_the_run_going",
        f"{KILLS}::test_a_retry_that_is_killed_too_is_gone_on_with",
    ),
    "F48": shown(
        "A stage is forgotten, because the order is in people's heads.",
        f"{PUBLISH_SCREEN}::test_publishing_shows_each_step_with_its_proof_and_the_bar_says_so",
        "tests/snapshots/test_snapshots.py::test_main_screen",
    ),
    "F49": shown(
        "Work goes on past the point it was to stop at.",
        f"{DELIVERY}::test_what_the_project_forbids_is_not_begun",
        "tests/tui/test_cli_publish.py::test_read_only_project",
    ),
    "F50": shown(
        "A report and its answer are not linked.",
        f"{INCIDENT}::test_the_inbox_pairs_reports_with_answers",
        "tests/tui/test_cli_incident.py::test_a_report_is_written_listed_and_answered",
    ),
    "F51": shown(
        "A report typed by hand, with guesses in it.",
        GATE,
        "tests/tui/test_doctor_screen.py::test_one_key_on_a_run_writes_its_report_and_the_inbox_shows_it",
        cluster="The report holds the objects as they were.",
    ),
    "F52": shown(
        "Attempts are scattered over files.",
        f"{INCIDENT}::test_every_attempt_of_the_same_work_is_named",
        f"{RUNS}::test_a_retry_takes_only_what_failed_with_its_context",
    ),
    "F53": shown(
        "Standards behind a link that nobody can read.",
        "tests/core/test_documents_writer.py::test_standards_are_found_where_settings_or_the_prd_say",
    ),
    "F54": shown(
        "Numbers counted by hand, in bands that overlap.",
        "tests/core/test_complexity.py::test_bands_and_shades",
        "tests/tui/test_cli_reading.py::test_complexity_report_beside_the_tasks",
    ),
    "L1": Failure(
        "A task's number decides what kind of run it is.",
        (f"{DAY}::test_any_tag_and_any_id",),
        cannot="The kind is a field of the request; no id has a meaning of its own.",
        cluster="A TaskRun with the id 999999 is shown as documents for all tasks, and none is made so.",
    ),
    "L2": shown(
        "A base that is asked for and not used.",
        WHOLE_DAY,
        f"{DELIVERY}::test_the_base_can_be_named_and_is_never_replaced",
    ),
    "L3": shown(
        "A second run works from the instructions of the first.",
        "tests/core/test_documents_agent.py::test_missing_or_different_input_stops_it_before_it_writes",
        f"{RUNS}::test_a_retry_takes_only_what_failed_with_its_context",
        cluster="Names hold a hash of the content; an existing ConfigMap is compared before it is used.",
    ),
    "L4": shown(
        "A workspace of another run or repository is used again.",
        "tests/core/test_run_workspace.py::test_agents_never_share_a_slot_and_each_finds_it_fresh",
        "tests/core/test_run_workspace.py::test_a_work_tree_whose_git_was_changed_is_refused_and_made_anew",
        cluster="The prepare stage compares remote and commit; each attempt has a volume of its own.",
    ),
    "L5": shown(
        "Adding context takes the other input away and ends the run.",
        f"{RUNS}::test_a_retry_takes_only_what_failed_with_its_context",
        f"{RUNS}::test_a_second_attempt_learns_what_the_first_got_wrong",
        cluster="Context is added as a new attempt; the files of the first one stay.",
    ),
    "L6": Failure(
        "File types the receiver does not know get lost.",
        ("tests/core/test_documents_writer.py::test_a_setting_with_other_files_is_written_too",),
        cannot="Documents have names and no types.",
        cluster="Every type of the resource is written and read back.",
    ),
    "L7": Failure(
        "Fields that an older schema does not have are dropped in silence.",
        cluster="The object is read back after it was made; a field that got lost is named.",
    ),
    "L8": shown(
        "Failed is said while another attempt is on its way.",
        f"{RUNS}::test_a_second_attempt_learns_what_the_first_got_wrong",
        cluster="failed > 0 with attempts left is shown as retrying.",
    ),
    "L9": shown(
        "A tagged file counts as empty.",
        WHOLE_DAY,
        f"{DAY}::test_the_task_file_is_the_same_from_every_folder",
    ),
    "L10": shown(
        "New files, or a repository's folder below its top, are overlooked; a failed call counts as made.",
        "tests/core/test_repository.py::test_everything_an_agent_can_do_to_a_work_tree_is_seen",
        f"{RUNS}::test_a_project_below_the_top_of_its_repository",
        f"{DELIVERY}::test_a_forge_that_fails_is_retried_without_running_agents_again",
    ),
    "L11": shown("Only one tag and only numbers work.", f"{DAY}::test_any_tag_and_any_id"),
    "L12": shown(
        "Rights on the forge are not looked at before.",
        "tests/core/test_doctor_online.py::test_the_forge_says_who_we_are",
        "tests/core/test_doctor_online.py::test_a_token_that_may_only_read_is_said_before_a_run",
        f"{FORGE}::test_a_refusal_of_the_forge_names_address_and_cause",
    ),
    "L13": Failure(
        "Work is pinned to one node.",
        cluster="Pods carry no node name; each has its own volume, so that any node will do.",
    ),
    "L14": shown(
        "Keys and tokens are written into the work tree or the result.",
        f"{RUNS}::test_each_misbehaving_agent_fails_with_its_evidence",
        f"{AGENT_GATE}::test_a_key_that_this_process_holds_is_found_and_never_shown",
        WHOLE_DAY,
        cluster="Secrets are mounted, and in no file of the workspace.",
    ),
    "L15": shown(
        "An agent without a shell makes no pull request.",
        "tests/core/test_agent_command.py::test_an_agent_for_documents_reads_and_writes_documents_only",
        f"{KILLS}::test_a_worker_killed_on_the_way_out_is_gone_on_with",
    ),
    "L16": shown(
        "A branch without a common history.",
        WHOLE_DAY,
        f"{RUNS}::test_each_misbehaving_agent_fails_with_its_evidence",
        f"{FORGE}::test_branches_without_commits_between_them_get_no_pull_request",
    ),
    "L17": shown(
        "Where to work is read out of prose.",
        "tests/core/test_documents_agent.py::test_a_brief_survives_its_file",
        f"{RUNS}::test_a_project_below_the_top_of_its_repository",
    ),
    "L18": shown(
        "An agent has finished and its process does not end.",
        "tests/core/test_agent_process.py::test_an_agent_that_hangs_after_its_result_is_ended_and_its_result_counts",
        f"{TRAPS}::test_trap_12_a_process_that_lives_on_after_its_result",
        cluster="A sidecar that holds a pipe open keeps no pod from ending.",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def collected() -> frozenset[str]:
    """Every test in the files that are named, with the names of its parameters and without."""
    files = sorted({name.partition("::")[0] for failure in FAILURES.values() for name in failure.tests})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", "", *files],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = {line.strip() for line in done.stdout.splitlines() if "::" in line}
    assert names, done.stdout + done.stderr
    return frozenset(names | {name.partition("[")[0] for name in names})


def test_every_failure_stands_in_the_table_once() -> None:
    numbers = [f"F{number}" for number in range(1, 55)] + [f"L{number}" for number in range(1, 19)]
    assert list(FAILURES) == numbers
    source = Path(__file__).read_text("utf-8")
    assert all(source.count(f'\n    "{number}": ') == 1 for number in numbers)


@pytest.mark.parametrize("number", FAILURES)
def test_every_failure_has_an_answer(number: str, collected: frozenset[str]) -> None:
    failure = FAILURES[number]
    assert failure.what.endswith(".")
    assert failure.tests or failure.cannot or failure.cluster
    assert all(words.endswith(".") for words in (failure.cannot, failure.cluster) if words)
    assert len(set(failure.tests)) == len(failure.tests)
    assert [name for name in failure.tests if name not in collected] == []


def test_what_waits_for_the_cluster_is_known() -> None:
    """Those that only the cluster can answer; a test of its own must come with it."""
    waiting = [number for number, one in FAILURES.items() if not one.tests and not one.cannot]
    assert waiting == ["L7", "L13"]
    assert all(FAILURES[number].cluster for number in waiting)
