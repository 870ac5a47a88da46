"""Reads the events of type "system" by their subtype, all but the one that begins a turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.agents.events import (
    ApiRetry,
    BackgroundTasks,
    Compacted,
    Event,
    Hook,
    Notice,
    PermissionDenied,
    SessionState,
    Status,
    TaskNotification,
    TaskProgress,
    TaskStarted,
    TaskUpdated,
    Thinking,
)
from core.agents.json_values import Object, count, mapping, objects, seconds, text, whole


def _status(data: Object, base: Object) -> Event:
    return Status(**base, status=text(data.get("status")))


def _session_state(data: Object, base: Object) -> Event:
    return SessionState(**base, state=text(data.get("state")))


def _compacted(data: Object, base: Object) -> Event:
    about = mapping(data.get("compact_metadata"))
    return Compacted(
        **base,
        trigger=text(about.get("trigger")),
        before=count(about.get("pre_tokens")),
        after=whole(about.get("post_tokens")),
    )


def _api_retry(data: Object, base: Object) -> Event:
    return ApiRetry(
        **base,
        attempt=count(data.get("attempt")),
        most=count(data.get("max_retries")),
        delay=seconds(data.get("retry_delay_ms")),
        status=whole(data.get("error_status")),
        error=text(data.get("error")),
    )


def _task_started(data: Object, base: Object) -> Event:
    return TaskStarted(
        **base,
        task=text(data.get("task_id")),
        tool_use_id=text(data.get("tool_use_id")),
        description=text(data.get("description")),
        kind=text(data.get("task_type")),
        background=data.get("is_backgrounded") is True,
    )


def _task_progress(data: Object, base: Object) -> Event:
    usage = mapping(data.get("usage"))
    return TaskProgress(
        **base,
        task=text(data.get("task_id")),
        description=text(data.get("summary")) or text(data.get("description")),
        tokens=count(usage.get("total_tokens")),
        tools=count(usage.get("tool_uses")),
        seconds=seconds(usage.get("duration_ms")),
        tool=text(data.get("last_tool_name")),
    )


def _task_updated(data: Object, base: Object) -> Event:
    patch = mapping(data.get("patch"))
    return TaskUpdated(
        **base,
        task=text(data.get("task_id")),
        status=text(patch.get("status")),
        description=text(patch.get("description")),
        error=text(patch.get("error")),
    )


def _task_notification(data: Object, base: Object) -> Event:
    usage = mapping(data.get("usage"))
    return TaskNotification(
        **base,
        task=text(data.get("task_id")),
        tool_use_id=text(data.get("tool_use_id")),
        status=text(data.get("status")),
        summary=text(data.get("summary")),
        tokens=count(usage.get("total_tokens")),
        tools=count(usage.get("tool_uses")),
        seconds=seconds(usage.get("duration_ms")),
    )


def _background_tasks(data: Object, base: Object) -> Event:
    found = objects(data.get("tasks"))
    tasks = tuple((text(task.get("task_id")), text(task.get("description"))) for task in found)
    return BackgroundTasks(**base, tasks=tasks)


def _hook(data: Object, base: Object) -> Event:
    return Hook(
        **base,
        name=text(data.get("hook_name")),
        on=text(data.get("hook_event")),
        stage=text(data.get("subtype")).removeprefix("hook_"),
        output=text(data.get("output")) or text(data.get("stderr")) or text(data.get("stdout")),
        outcome=text(data.get("outcome")),
        exit_code=whole(data.get("exit_code")),
    )


def _thinking(data: Object, base: Object) -> Event:
    return Thinking(**base, tokens=count(data.get("estimated_tokens")))


def _denied(data: Object, base: Object) -> Event:
    return PermissionDenied(
        **base,
        tool=text(data.get("tool_name")),
        tool_use_id=text(data.get("tool_use_id")),
        message=text(data.get("message")) or text(data.get("decision_reason")),
    )


def _notice(data: Object, base: Object) -> Event:
    said = next((text(data.get(name)) for name in ("text", "content", "message") if data.get(name)), "")
    return Notice(**base, text=said, level=text(data.get("level")) or text(data.get("priority")))


def _model_change(data: Object, base: Object) -> Event:
    before, after = text(data.get("original_model")), text(data.get("fallback_model"))
    words = f"{before} refused" + (f"; {after} goes on" if after else "")
    said = text(data.get("content"))
    return Notice(**base, text=f"{words}: {said}" if said else words, level="warning")


SYSTEM: Mapping[str, Callable[[Object, Object], Event]] = {
    "status": _status,
    "session_state_changed": _session_state,
    "compact_boundary": _compacted,
    "api_retry": _api_retry,
    "task_started": _task_started,
    "task_progress": _task_progress,
    "task_updated": _task_updated,
    "task_notification": _task_notification,
    "background_tasks_changed": _background_tasks,
    "hook_started": _hook,
    "hook_progress": _hook,
    "hook_response": _hook,
    "thinking_tokens": _thinking,
    "permission_denied": _denied,
    "notification": _notice,
    "informational": _notice,
    "model_refusal_fallback": _model_change,
    "model_refusal_no_fallback": _model_change,
}
"""A reader for each subtype that has an event of its own; the others are kept as they are."""
