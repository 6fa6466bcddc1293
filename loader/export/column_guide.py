"""Tell people who open the exports what each column means, in the words of the models."""

from collections.abc import Iterator

from loader.export.relations import Relation

GUIDE = "COLUMNS.md"


def column_guide(relations: list[Relation]) -> str:
    """Return a page in Markdown: each relation of the mart, its columns, types and meanings.

    The words are the comments of the tables, which the models' descriptions are written to.
    """
    return "\n".join(["# Columns of the exports", "", *_sections(relations)])


def _sections(relations: list[Relation]) -> Iterator[str]:
    for relation in relations:
        yield from (f"## {relation.name}", "")
        if relation.description:
            yield from (_one_line(relation.description), "")
        yield from ("| column | type | meaning |", "|---|---|---|")
        for name, type_ in relation.types.items():
            meaning = _one_line(relation.descriptions.get(name, "")).replace("|", "\\|")
            yield f"| {name} | {type_} | {meaning} |"
        yield ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
