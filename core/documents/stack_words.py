"""Words of a tool chain that the project's own texts never speak of: a sign of invented documents."""

from __future__ import annotations

import re
from collections.abc import Iterator


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])")


_STACKS: dict[str, re.Pattern[str]] = {
    "Node.js": _words(
        r"[Nn]ode\.js|NodeJS|npm|npx|yarn|pnpm|package\.json|node_modules|TypeScript|Express\.js|ExpressJS|"
        r"Express (?:server|app|router|TypeScript|middleware)|NestJS|Jest|Mocha|ESLint|tsconfig(?:\.json)?|"
        r"Next\.js|Vitest|Prisma|Mongoose"
    ),
    "Rust": _words(
        r"Rust|cargo|Cargo\.(?:toml|lock)|tokio|tonic|SQLx|sqlx|serde|axum|actix(?:-web)?|clippy|rustfmt|"
        r"crates?\.io|Diesel"
    ),
    "Python": _words(
        r"Python|pip|pytest|pyproject\.toml|requirements\.txt|Django|Flask|FastAPI|pydantic|SQLAlchemy|"
        r"virtualenv|uvicorn|Celery|mypy|pyright"
    ),
    "Go": _words(r"Golang|go\.mod|go\.sum|goroutines?|go (?:test|build|vet|mod)|gofmt|golangci-lint"),
    "Java": _words(r"Java|Kotlin|Maven|Gradle|pom\.xml|Spring(?: Boot)|JUnit|Hibernate|JVM"),
    ".NET": _words(r"C#|\.NET|ASP\.NET(?: Core)?|NuGet|csproj|Entity Framework|xUnit"),
    "Ruby": _words(r"Ruby|Rails|Gemfile|RSpec|Sidekiq|ActiveRecord"),
    "PHP": _words(r"PHP|Laravel|Symfony|composer\.json|PHPUnit|Eloquent"),
    "Elixir": _words(r"Elixir|Phoenix LiveView|mix\.exs|Ecto|ExUnit"),
    "Swift": _words(r"SwiftUI|Xcode|CocoaPods|XCTest"),
}


def stacks_of(text: str) -> frozenset[str]:
    """The tool chains a text speaks of."""
    return frozenset(name for name, pattern in _STACKS.items() if pattern.search(text))


def strange_words(text: str, own: frozenset[str]) -> Iterator[tuple[str, str, int]]:
    """Each tool chain that `text` speaks of and `own` does not hold, with its first word and the line.

    Nothing when `own` is empty: then nobody said what the project is built with.
    """
    if not own:
        return
    for name, pattern in _STACKS.items():
        found = None if name in own else pattern.search(text)
        if found:
            yield name, found[0], text.count("\n", 0, found.start()) + 1
