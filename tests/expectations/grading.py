"""Grade the pipeline's days against the answer keys of the generated batches, and the truth."""

import csv
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TypedDict

from factories.days import query
from loader.contract import REQUIRED_TABLES

Rows = dict[str, dict[str, dict[str, str]]]
Broken = set[tuple[str, int, str]]
STORED_AS = {"category": "category_name", "payment_method": "payment_method_name"}


class Answer(TypedDict):
    """Hold a line of an answer key: what was damaged, how, and what must become of it."""

    kind: str
    file: str
    line: int
    key: str
    true_key: str
    outcome: str
    rules: list[str]


class Grader:
    """Follow batches day by day: what the pipeline must say of each, and what must be there."""

    def __init__(self, delivered: Path, clean: Path) -> None:
        """Take the landing folders of the batches as delivered, and without defects."""
        self._delivered, self._clean = delivered, clean
        self.truth: Rows = {table: {} for table in REQUIRED_TABLES}
        self.kinds: Counter[str] = Counter()
        self._warned: dict[str, dict[str, set[str]]] = {
            table: defaultdict(set) for table in REQUIRED_TABLES
        }
        self._waiting: set[str] = set()

    def grade(self, day: str) -> None:
        """Check everything that the pipeline must say and hold after a day's run."""
        answers = self._answers(day)
        clean = self._rows(self._clean / day)
        assert quarantined(day) == expected(answers, "quarantined"), day
        assert unreadable(day) == expected(answers, "line rejected"), day
        self._take_in(clean, answers)
        self._follow_warnings(self._rows(self._delivered / day), answers)
        assert warnings() == {
            (table, key, code)
            for table, keys in self._warned.items()
            for key, codes in keys.items()
            for code in codes
        }, day
        self._check_counts(day, answers)
        self._check_cleaned(answers)

    def _answers(self, day: str) -> list[Answer]:
        lines = (self._delivered / day / "answer_key.jsonl").read_text().splitlines()
        answers: list[Answer] = [json.loads(line) for line in lines]
        self.kinds.update(answer["kind"] for answer in answers)
        return answers

    def _rows(self, folder: Path) -> Rows:
        found: Rows = {}
        for table in REQUIRED_TABLES:
            with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                found[table] = {row[REQUIRED_TABLES[table][0]]: row for row in csv.DictReader(file)}
        return found

    def _take_in(self, clean: Rows, answers: list[Answer]) -> None:
        """Keep what a pipeline that makes no mistake holds: what was lost never arrived."""
        lost = self._lost(answers)
        for table, rows in clean.items():
            for key, row in rows.items():
                if (f"{table}.csv", key) not in lost:
                    self.truth[table][key] = row

        # Items without a header: lost, or to come with the next batch.
        self._waiting = {answer["key"] for answer in answers if answer["kind"] == "consequence"}

    @staticmethod
    def _lost(answers: list[Answer]) -> set[tuple[str, str]]:
        """Return file and true key of the rows that did not arrive themselves."""
        return {
            (answer["file"], answer["true_key"])
            for answer in answers
            if answer["outcome"] in {"quarantined", "line rejected"}
            and answer["kind"] != "consequence"
            and not answer["rules"][0].startswith(("duplicate", "conflict", "unique"))
        }

    def _follow_warnings(self, delivered: Rows, answers: list[Answer]) -> None:
        lost = self._lost(answers)
        for table, rows in delivered.items():
            for key in rows:
                if (f"{table}.csv", key) not in lost:
                    self._warned[table].pop(key, None)
        for answer in answers:
            if answer["outcome"] == "warned":
                table = answer["file"].removesuffix(".csv")
                self._warned[table][answer["key"]] |= set(answer["rules"])

    def _check_counts(self, day: str, answers: list[Answer]) -> None:
        """Rows delivered = accepted + quarantined, by the manifest, the pipeline and the key."""
        manifest = json.loads((self._delivered / day / "manifest.json").read_text())
        counts = query(
            "select table_name, delivered_count, accepted_count, quarantined_count "
            f"from ops.batch_counts where batch_date = '{day}'"
        )
        for table, delivered, accepted, rejected in counts:
            file = f"{table}.csv"
            assert delivered == manifest["files"][file]["rows"] == accepted + rejected
            assert rejected == manifest["defects"]["expected_in_quarantine"][table]
            lines = {
                answer["line"]
                for answer in answers
                if answer["file"] == file and answer["outcome"] in {"quarantined", "line rejected"}
            }
            assert rejected == len(lines)

    def _check_cleaned(self, answers: list[Answer]) -> None:
        """What was only untidy is in production as if it had not been."""
        for answer in answers:
            if answer["outcome"] != "cleaned":
                continue
            table, column = answer["file"].removesuffix(".csv"), answer["kind"].split(":")[1]
            (value,) = query(
                f"select {STORED_AS.get(column, column)}::text from production.{table} "
                f"where {REQUIRED_TABLES[table][0]} = '{answer['key']}'"
            )[0]
            true = self.truth[table][answer["true_key"]][column]
            assert value == (true.replace("-", "") if column == "phone" else true), answer

    def check_mart(self) -> None:
        """Every item of an order that arrived is in the mart, and nothing else, to the cent."""
        orders = {
            key for key, row in self.truth["transactions"].items()
            if row["customer_id"] in self.truth["customers"]
        }  # fmt: skip
        items = {
            (key, Decimal(row["line_total"]))
            for key, row in self.truth["transaction_items"].items()
            if row["transaction_id"] in orders and key not in self._waiting
        }
        found = set(query("select item_id, revenue_amount from mart.fct_sales"))
        assert found == items, (sorted(found - items)[:9], sorted(items - found)[:9])


def quarantined(day: str) -> Broken:
    """Return each table, line and rule that the pipeline names for a batch."""
    return {
        (table, line, reason)
        for table in REQUIRED_TABLES
        for line, reasons in query(
            f"select line_number, reasons from quarantine.rejected_{table} "
            f"where batch_date = '{day}'"
        )
        for reason in reasons
    }


def unreadable(day: str) -> Broken:
    """Return each table, line and code of the lines that are no records."""
    return set(
        query(
            "select table_name, line_number, code from quarantine.rejected_lines "
            f"where batch_date = '{day}'"
        )
    )


def expected(answers: list[Answer], outcome: str) -> Broken:
    """Return each table, line and rule that the answer key names."""
    return {
        (answer["file"].removesuffix(".csv"), answer["line"], rule)
        for answer in answers
        if answer["outcome"] == outcome
        for rule in answer["rules"]
    }


def warnings() -> set[tuple[str, str, str]]:
    """Return each table, row and code that the pipeline warns of, over all batches."""
    return set(query("select table_name, row_key, code from ops.row_warnings"))
