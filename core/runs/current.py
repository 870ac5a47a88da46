"""Documents that are current already: the branch that holds them is delivered, or one hears where it is."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.documents.coverage import Place, coverage, needed
from core.errors import Refused, TaskdeckError
from core.paths import state_folder
from core.publishing.publish_check import PublishRequest, check
from core.publishing.remote import RemoteLook, Target, bring, remote_refused, target_of
from core.publishing.repository import Repository
from core.publishing.upstream import Upstream
from core.runs.destination import Destination
from core.runs.folder import RunFolder, list_runs
from core.runs.places import BranchPlace
from core.runs.wish import NothingToDo, Wish
from core.tasks.document import Tag
from core.tasks.identifiers import named_tasks


@dataclass(frozen=True)
class Branch:
    """A branch of runs with documents: the newest of its runs, where it stands, the tasks it is about."""

    run: RunFolder
    commit: str
    tasks: tuple[str, ...]
    place: BranchPlace

    @property
    def name(self) -> str:
        return self.run.request.branch


class Current:
    """The documents of the tasks `keys`, each of them current somewhere. Everything here blocks.

    `publication` is what a run that is pushed publishes first.
    """

    def __init__(
        self,
        publication: PublishRequest,
        tag: Tag,
        names: Sequence[str],
        keys: Sequence[str],
        repository: Repository,
    ) -> None:
        self.publication = publication
        self.state = state_folder(publication.project.root)
        self.tag = tag
        self.names = names
        self.keys = keys
        self.repository = repository

    def delivery(self, wish: Wish, goal: Destination) -> Wish:
        """The wish that delivers the one branch that holds them; no agent works.

        Raises NothingToDo where the remote has them already, TaskdeckError where no one branch holds them or
        the remote has another task file, Refused while a run is at work on that branch, PublishRefused.
        """
        self._check_input()
        target = target_of(self.repository, goal.branch, goal.remote)
        heads = self._heads(target)
        branches = self._branches()
        there = self._on_remote(wish, goal, target, heads, branches)
        left = self._lacking(there)
        if not left:
            raise NothingToDo(self._settled(wish, there), "--force writes them anew.", "force")
        one = next((one for one in branches if self._can_deliver(one, left)), None)
        if one is None:
            raise self._scattered(wish, left, branches)
        self._refuse_at_work(one)
        request = one.run.request
        return replace(
            wish,
            keys=(),
            agent=request.agent,
            model=request.model or None,
            continues=one.commit,
            branch=one.name,
            earlier=one.tasks,
            retry_of=one.run.id,
            attempt=request.attempt + 1,
            inherited=frozenset(("keys", "agent", "model")),
        )

    def _check_input(self) -> None:
        """What is pushed is about the plan the remote holds, as with every run that is pushed."""
        state = check(self.repository, self.publication)
        if state.proven:
            return
        if state.problems:
            raise state.problems[0]
        different = next((one.path for one in state.truths if not one.proven), state.task_path)
        raise TaskdeckError(
            f"Nothing was pushed: the documents are current, but {state.target} holds another {different} "
            "than the one here.",
            "`taskdeck publish` publishes that one, then the same command again delivers the documents.",
        )

    def _heads(self, target: Target) -> dict[str, str]:
        """Every branch of the remote with its commit, asked now."""
        answer = self.repository.run(["ls-remote", "--heads", "--", target.address], check=False, timeout=60)
        if answer.code != 0:
            raise remote_refused(target, answer)
        rows = (line.split("\t") for line in answer.text.splitlines())
        return {ref.removeprefix("refs/heads/"): commit for commit, ref in rows}

    def _branches(self) -> list[Branch]:
        """Those that stand where their last run left them, the newest first."""
        runs: dict[str, list[RunFolder]] = {}
        for run in list_runs(self.state):
            # A damaged run holds nothing up; `runs show` tells of it.
            with contextlib.suppress(TaskdeckError):
                request = run.request
                if request.kind == "docs" and request.commit and request.tag == self.tag.name:
                    runs.setdefault(request.branch, []).append(run)
        found = [self._branch(name, of_it) for name, of_it in runs.items()]
        return [one for one in found if one is not None]

    def _branch(self, name: str, runs: Sequence[RunFolder]) -> Branch | None:
        newest = runs[0]
        left_at = newest.ledger().result or newest.request.continues
        commit = self.repository.commit(f"refs/heads/{name}")
        if commit is None or commit != left_at:
            return None
        passed = {key for run in runs for key in (*run.request.earlier, *_passed(run))}
        place = BranchPlace(self.repository, commit, f"branch {name}", known=True)
        return Branch(newest, commit, tuple(task.key for task in self.tag.tasks if task.key in passed), place)

    def _on_remote(
        self,
        wish: Wish,
        goal: Destination,
        target: Target,
        heads: dict[str, str],
        branches: Sequence[Branch],
    ) -> list[Place]:
        """Where what was asked for is fulfilled: the base, and without a pull request any pushed branch."""
        places: list[Place] = []
        if goal.base in heads:
            base = replace(target, upstream=Upstream(goal.remote, goal.base, ""))
            bring(self.repository, base, RemoteLook(heads[goal.base], 0.0))
            name = f"{goal.remote}/{goal.base}"
            places.append(BranchPlace(self.repository, heads[goal.base], name, known=True))
        if not wish.pr:
            pushed = [one for one in branches if heads.get(one.name) == one.commit]
            places += [
                BranchPlace(self.repository, one.commit, f"{goal.remote}/{one.name}", known=True)
                for one in pushed
            ]
        return places

    def _lacking(self, places: Sequence[Place]) -> list[str]:
        lacking = {task.key for task in needed(self.tag, self.names, places)}
        return [key for key in self.keys if key in lacking]

    def _settled(self, wish: Wish, places: Sequence[Place]) -> str:
        rows = coverage(self.tag, self.names, places, self.keys).rows
        holding = list(dict.fromkeys(file.place for row in rows for file in row.files))
        more = f" and {len(holding) - 3} more" if len(holding) > 3 else ""
        where = f"{', '.join(holding[:3])}{more} {'holds' if len(holding) == 1 else 'hold'} them"
        if wish.pr:
            return f"{current_words(wish)}: {where}, so that a pull request would bring nothing."
        return f"{current_words(wish)}: {where}, asked just now."

    def _can_deliver(self, one: Branch, keys: Sequence[str]) -> bool:
        """Whether it holds the documents of these tasks, and none of another that changed since."""
        rows = coverage(self.tag, self.names, [one.place], {*keys, *one.tasks}).rows
        return set(keys) <= set(one.tasks) and all(row.whole for row in rows)

    def _refuse_at_work(self, one: Branch) -> None:
        for run in list_runs(self.state):
            if run.is_alive() and run.request.branch == one.name:
                raise Refused(
                    f"The run {run.id} is at work on the branch {one.name}, which holds these documents.",
                    f"`taskdeck runs watch {run.id}` says how that goes.",
                )

    def _scattered(self, wish: Wish, left: Sequence[str], branches: Sequence[Branch]) -> TaskdeckError:
        """No one branch can be delivered: where what is, and the commands that deliver it."""
        groups: dict[str, list[str]] = {}
        for key in left:
            one = next((one for one in branches if self._can_deliver(one, [key])), None)
            groups.setdefault(one.name if one else "", []).append(key)
        here = groups.pop("", [])
        told = [f"those of {named_tasks(keys)} on the branch {name}" for name, keys in groups.items()]
        if here:
            told.append(
                f"those of {named_tasks(here)} only on this machine, on no branch to deliver as it is"
            )
        what = "No pull request was opened" if wish.pr else "Nothing was pushed"
        flags = flags_of(wish)
        ways = [f"`taskdeck docs generate {','.join(keys)}{flags}`" for keys in groups.values()]
        anew = f"`taskdeck docs generate {','.join(left)}{flags} --force` writes them anew on one branch"
        hint = (
            f"{' and '.join(ways)} {'deliver' if len(ways) > 1 else 'delivers'} what can be; " if ways else ""
        )
        message = f"{what}: the documents are current, {', '.join(told)}."
        return TaskdeckError(message, f"{hint}{anew}.", "force")


def flags_of(wish: Wish) -> str:
    """The options that ask for the same way out, with a space before; empty where nothing is pushed."""
    if not wish.pr:
        return " --push" if wish.push else ""
    return f" --pr --base {wish.base}" if wish.base else " --pr"


def current_words(wish: Wish) -> str:
    """That nothing has to be written."""
    whose = "These tasks have" if wish.keys else "All tasks have"
    return f"{whose} their documents, and all of them are current"


def _passed(run: RunFolder) -> list[str]:
    return [one.began.task for one in run.ledger().current if one.judged and one.judged.passed]
