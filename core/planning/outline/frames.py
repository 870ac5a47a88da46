"""What each kind of work needs besides its requirements: how it opens, what it checks, how it is proven."""

from __future__ import annotations

from typing import NamedTuple

from core.planning.lexicon import Layer


class Frame(NamedTuple):
    """A subtask that most work of a kind has; both texts may name the task as {subject}."""

    title: str
    advice: str


OPENING: dict[Layer, Frame] = {
    Layer.ACCESS: Frame(
        "Define the types and errors of {subject}",
        "Settle what a caller sees: types, errors, where a transaction begins and ends.",
    ),
    Layer.AUTH: Frame(
        "Design the flows and stored state of {subject}",
        "Write down each flow with what is stored, how long it is valid and how it is revoked, before code.",
    ),
    Layer.SERVICE: Frame(
        "Define types, rules and errors of {subject}",
        "Settle the types, the rules that always hold and the error for each way to break them.",
    ),
    Layer.FEATURE: Frame(
        "Define rules and interfaces of {subject}",
        "Settle what goes in, what comes out and which rules always hold.",
    ),
    Layer.STREAMING: Frame(
        "Define events and delivery rules of {subject}",
        "Settle the events, their order, what is kept for late readers and what happens when a buffer "
        "is full.",
    ),
    Layer.INTERFACE: Frame(
        "Sketch the views and states of {subject}",
        "Settle each view with its empty, loading and error state.",
    ),
    Layer.SECURITY: Frame(
        "Write down what {subject} protects against",
        "List what is protected, from whom, and which measure answers which threat.",
    ),
    Layer.QUALITY: Frame(
        "Build a repeatable measurement for {subject}",
        "Measure first: a run that anyone can repeat, with its figures kept.",
    ),
    Layer.DOCUMENTATION: Frame(
        "Outline {subject}",
        "Settle readers, chapters and where each lives.",
    ),
}
CHECKS: dict[Layer, Frame] = {
    Layer.ACCESS: Frame(
        "Handle conflicts and failed transactions in {subject}",
        "Every failure rolls back and reaches the caller as a typed error.",
    ),
    Layer.AUTH: Frame(
        "Refuse invalid and expired credentials in {subject}",
        "The same answer whatever was wrong, at the same speed, with nothing told to a stranger.",
    ),
    Layer.SERVICE: Frame(
        "Validate requests and permissions in {subject}",
        "Every request is checked before it has an effect; each refusal names the field or the "
        "missing right.",
    ),
    Layer.FEATURE: Frame(
        "Validate input and answer errors in {subject}",
        "Limits, empty and contradictory input get an answer that says what was wrong.",
    ),
    Layer.STREAMING: Frame(
        "Handle lost connections and slow readers in {subject}",
        "A reader that is slow, gone or removed costs the others nothing.",
    ),
    Layer.INTERFACE: Frame(
        "Show loading, empty and error states in {subject}",
        "No state leaves a person without an answer.",
    ),
}
PROOF: dict[Layer, Frame] = {
    Layer.SCAFFOLD: Frame(
        "Prove that a fresh clone builds and tests",
        "Follow the written steps on a clean machine and in continuous integration.",
    ),
    Layer.CONTRACT: Frame(
        "Check {subject} with generated code and a breaking change",
        "Generate code, call it once, and see that a breaking change fails the build.",
    ),
    Layer.SCHEMA: Frame(
        "Test the migrations on an empty and on a filled database",
        "Run {subject} up from nothing and from the previous version, and try what the constraints "
        "must refuse.",
    ),
    Layer.SECURITY: Frame(
        "Prove each measure of {subject} with a test",
        "For each measure one test that fails without it.",
    ),
    Layer.OBSERVABILITY: Frame(
        "Check {subject} in a test run",
        "Provoke a good call, an error and a slow call; find each of them in the signals.",
    ),
    Layer.QUALITY: Frame(
        "Compare the figures for {subject} with the targets",
        "Run the measurement, note the figures, name what misses its target.",
    ),
    Layer.TESTS: Frame(
        "Run {subject} in continuous integration",
        "On every push, in parallel, leaving nothing behind; a flaky test counts as a fault.",
    ),
    Layer.DEPLOYMENT: Frame(
        "Try roll-out, upgrade and rollback of {subject}",
        "From nothing, from the previous version, and back.",
    ),
    Layer.DOCUMENTATION: Frame(
        "Have a newcomer follow {subject}",
        "Note each place where they stop, and mend it.",
    ),
}
PROOF_OF_SERVICES = Frame(
    "Test {subject} through the public interface",
    "Good case, every refusal and the edges, against the real parts.",
)
MORE = (
    Frame(
        "Document {subject} for those who use it",
        "What it does, its limits and its errors, with one example each.",
    ),
    Frame(
        "Review {subject} against its requirements",
        "Go through the requirements one by one and note what is missing.",
    ),
    Frame(
        "Log and measure {subject}",
        "What an operator needs to see that it works.",
    ),
)
