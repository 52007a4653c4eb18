"""What a document of GraphQL would change, whatever it is dressed up as."""

from __future__ import annotations

import pytest
from graphql import parse
from hypothesis import given, strategies

from qbr_pipeline.runtime.dagster_ui.operations import HARMLESS, mutations

names = strategies.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
ignored = strategies.sampled_from(["", " ", "\n", "\t", ",", "#mutation\n", " # }\n", "\ufeff"])


@pytest.mark.parametrize(
    "document",
    [
        "{ version }",
        "query mutation { version }",
        "query Q { mutation }",
        '{ runOrError(runId: "mutation { wipeAssets }") { __typename } }',
        "subscription mutation { capturedLogs { cursor } }",
        "fragment mutation on Mutation { wipeAssets }",
        "# mutation { wipeAssets }\n{ version }",
        "",
        "mutation",
        "{" * 100_000,
        "\ud800",
    ],
)
def test_what_only_reads_or_cannot_be_run_changes_nothing(document: str) -> None:
    assert mutations(document) == frozenset()


@given(names, names, strategies.lists(ignored, min_size=4, max_size=4))
def test_a_mutation_is_seen_by_its_fields_and_not_by_their_other_names(
    operation: str, field: str, between: list[str]
) -> None:
    a, b, c, d = between
    document = f"{a}mutation {b}{operation}{c}{{{d}setNuxSeen: {field} }}"
    parse(document)
    assert mutations(document) == {field}
    assert mutations(f"query A {{ version }} {document}") == {field}


@pytest.mark.parametrize(
    "selection", ["...F", "... on Mutation { setNuxSeen }", "setNuxSeen ...F", "... { setNuxSeen }"]
)
def test_what_a_mutation_hides_in_a_fragment_counts_as_anything(selection: str) -> None:
    document = f"mutation {{ {selection} }} fragment F on Mutation {{ wipeAssets }}"
    assert not mutations(document) <= HARMLESS
