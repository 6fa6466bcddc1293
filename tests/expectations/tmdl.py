"""Read TMDL, the text that a Power BI model is kept as, strictly."""

import re
from dataclasses import dataclass, field

OBJECTS = {"database", "model", "table", "column", "measure", "partition", "relationship"}
OBJECTS |= {"expression", "annotation", "ref", "hierarchy", "level"}
DESCRIBED = {"table", "column", "measure", "expression", "hierarchy"}
PROPERTIES = {
    "database": {"compatibilityLevel"},
    "model": {"culture", "defaultPowerBIDataSourceVersion", "sourceQueryCulture"},
    "table": {"dataCategory"},
    "column": {
        *("dataType", "isHidden", "isKey", "formatString", "summarizeBy"),
        *("sourceColumn", "sortByColumn", "displayFolder", "dataCategory"),
    },
    "measure": {"formatString", "displayFolder", "isHidden"},
    "hierarchy": set(),
    "level": {"column"},
    "partition": {"mode", "source"},
    "relationship": {"fromColumn", "toColumn"},
    "expression": set(),
    "annotation": set(),
    "ref": set(),
}
NAME = r"'(?:[^']|'')+'|[\w.]+"
DECLARATION = re.compile(rf"(\w+)(?: ({NAME})(?: ({NAME}))?)?(?: = ?(.*))?")


@dataclass
class Node:
    """Hold an object of TMDL."""

    kind: str
    name: str
    expression: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, "Node"]:
        return {child.name: child for child in self.children if child.kind == kind}


def parse_tmdl(text: str) -> list[Node]:
    """Return the objects of a file; fail on anything that is not known to be right."""
    root = Node("root", "")
    open_nodes, is_described = [root], False
    for number, line in enumerate(text.split("\n"), start=1):
        depth = len(line) - len(line.lstrip("\t"))
        content = line[depth:]
        if not content:
            continue
        where = f"line {number}: {line!r}"
        assert content == content.strip(), where
        node = open_nodes[-1]
        if node.kind == "expression" and depth >= len(open_nodes):
            node.properties["body"] = node.properties.get("body", "") + content + "\n"
            continue
        if content.startswith("///"):
            assert content.startswith("/// "), where
            assert len(content) > 4, where
            is_described = True
            continue
        assert depth < len(open_nodes), where
        del open_nodes[depth + 1 :]
        parent = open_nodes[-1]
        name, _, value = content.partition(":")
        if parent.kind != "root" and name in PROPERTIES[parent.kind]:
            parent.properties[name] = value.strip() or "true"
        elif parent.kind == "partition" and content.startswith("source = "):
            parent.properties["source"] = content.removeprefix("source = ")
        else:
            node = _declared(content, where)
            assert is_described == (node.kind in DESCRIBED), where
            is_described = False
            parent.children.append(node)
            open_nodes.append(node)
    return root.children


def _declared(content: str, where: str) -> Node:
    match = DECLARATION.fullmatch(content)
    assert match, where
    kind, name, second, expression = match.groups()
    assert kind in OBJECTS, where
    return Node(kind, plain(second or name or ""), expression or "")


def plain(name: str) -> str:
    """Return a name without the quotation marks that it takes where it is not one word."""
    if name.startswith("'"):
        assert not name[1:-1].isidentifier(), f"{name} needs no quotation marks"
        return name[1:-1].replace("''", "'")
    assert name == "" or re.fullmatch(r"[\w.]+", name), f"{name} needs quotation marks"
    return name


def place(text: str) -> tuple[str, str]:
    """Return table and column of a place in a relationship: each is quoted for itself."""
    found = re.fullmatch(rf"({NAME.replace('.', '')})\.({NAME.replace('.', '')})", text)
    assert found, text
    return plain(found[1]), plain(found[2])
