"""Our own files under names, dates and numbers of another system."""

from pathlib import Path

from factories.exports.files import write_export
from loader.contract import REQUIRED_TABLES, TABLES


def write_ours(folder: Path, **changes: dict[str, str]) -> None:
    values = {
        "registration_date": "31/01/2024",
        "transaction_date": "28/02/2024",
        "transaction_time": "10:00",
        "email": "a@b.co",
        "quantity": "2",
        "price": "1.000,50",
        "unit_price": "1.000,50",
        "cost": "600,00",
        "stock_quantity": "3",
        "discount_percentage": "0",
        "line_total": "2.001,00",
        "total_amount": "2.001,00",
    }
    for table in REQUIRED_TABLES:
        columns = TABLES[table]
        row = {name.replace("_", " ").title(): values.get(name, f"{name[:3]}1") for name in columns}
        row |= changes.get(table, {})
        write_export(
            folder / "in" / f"{table[:-1]}-list.csv", [row], delimiter=";", encoding="utf-8-sig"
        )
