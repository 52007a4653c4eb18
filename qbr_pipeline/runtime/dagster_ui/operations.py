"""What a GraphQL document does: read, or change something. Pure; the text is parsed, never searched.

What belongs here: looking at documents. What does not: who may send which (`guard`).
"""

from __future__ import annotations

from functools import lru_cache

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse

HARMLESS = frozenset({"logTelemetry", "setNuxSeen"})
"""Mutations that change nothing but the UI's own notes: every page may send them, whoever is signed in."""

_ANYTHING = frozenset({"*"})
_REMEMBERED = 512


@lru_cache(_REMEMBERED)
def mutations(document: str) -> frozenset[str]:
    """The fields that the mutations of a document ask for; none for one that only reads or cannot be parsed.

    All of its operations count, whichever is to be run. A mutation through a fragment counts as one of anything: `*`.
    What cannot be parsed is run by nobody: Dagster answers it with the fault.
    """
    try:
        operations = parse(document, no_location=True).definitions
    except (GraphQLError, RecursionError):
        return frozenset()
    return frozenset().union(*(_fields(each) for each in operations if _is_mutation(each)))


def _is_mutation(definition: object) -> bool:
    return isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION


def _fields(operation: object) -> frozenset[str]:
    assert isinstance(operation, OperationDefinitionNode)  # noqa: S101 - of `_is_mutation`
    selected = operation.selection_set.selections
    names = frozenset(each.name.value for each in selected if isinstance(each, FieldNode))
    return names if names and all(isinstance(each, FieldNode) for each in selected) else _ANYTHING
