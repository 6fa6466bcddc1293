"""Values that nobody should deliver, each with what must become of its row.

A value is stored as something, with a note of what was done to it, or its row is rejected.
"""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal


@dataclass(frozen=True)
class Value:
    table: str
    column: str
    raw: str
    stored: object = None
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.column}: {self.raw!a}"


def kept(table: str, column: str, raw: str, stored: object, *rules: str) -> Value:
    """Return a value that is stored, with the rules that the notes must name."""
    return Value(table, column, raw, stored, tuple(f"{rule}:{column}" for rule in rules))


def rejected(table: str, column: str, rule: str, *values: str) -> list[Value]:
    return [Value(table, column, raw, reasons=(f"{rule}:{column}",)) for raw in values]


def price(raw: str, stored: str, *rules: str) -> Value:
    return kept("products", "price", raw, Decimal(stored), *rules)


def phone(raw: str, stored: str | None, *rules: str) -> Value:
    return kept("customers", "phone", raw, stored, *rules)


def sold_at(raw: str, stored: time, *rules: str) -> Value:
    return kept("transactions", "transaction_time", raw, stored, *rules)


def registered(raw: str, *rules: str) -> Value:
    return kept("customers", "registration_date", raw, date(2024, 6, 2), *rules)


NULL_WORDS = ("", " ", "\u00a0", "NULL", "null", " Null ", "N/A", "n/a", "#N/A", "None", r"\N")

MONEY = [
    price("12", "12.00"),
    price("12.5", "12.50"),
    price("12.", "12.00"),
    price("0012.50", "12.50"),
    price("+12.50", "12.50"),
    price("  12.50\t", "12.50"),
    price("12.500", "12.50"),
    price("10.005", "10.005"),
    price("10.0049", "10.0049"),
    price("0.1250", "0.125"),
    price("10.00005", "10.0001", "rounded"),
    price("10.00004999", "10.00", "rounded"),
    price("1,234.50", "1234.50", "grouped"),
    price("1,234,567", "1234567.00", "grouped"),
    price("1,23,456.78", "123456.78", "grouped"),
    price("12,34,567", "1234567.00", "grouped"),
    price("\u20b9 99.00", "99.00", "currency"),
    price("\u20b999", "99.00", "currency"),
    price("99.00 INR", "99.00", "currency"),
    price("inr 99.00", "99.00", "currency"),
    price("Rs. 1,299.00", "1299.00", "currency", "grouped"),
    price("\uff11\uff12.\uff15", "12.50", "digits"),
    price("\u0661\u0662\u0663", "123.00", "digits"),
    price("\u0967\u0968.50", "12.50", "digits"),
    price("\u00a012.50", "12.50", "invisible"),
    price("12.50\u200b", "12.50", "invisible"),
    price("\ufeff12.50", "12.50", "invisible"),
    price("1\u200d2.50", "12.50", "invisible"),
    price("\x0112.50\u0085", "12.50", "invisible"),
    price(".99", "0.99"),
    price("+.5", "0.50"),
    price("\u20b9 .99", "0.99", "currency"),
    price(".995", "0.995"),
    *rejected("products", "price", "not_null", *NULL_WORDS),
    *rejected(
        "products", "price", "type",
        "1,234", "12,50", "1.234,50", "1,2345.00", "1,234,56.00", "1 234.50", "1\u00a0234.50",
        "1'234.50", "$12.50", "\u20ac5", "12.50 USD", "\u00a35", "\u20b9", "1e3", "1E+2", "1.5e-3",
        "NaN", "nan", "Infinity", "-Infinity", "inf", "1e400", "99999999999.00", "9" * 90,
        "1\u066b5", "12.5O", "l2.50", "0x10", "1_000", "12..5", "--5", "5-", "(5.00)", "5%",
        "five", "=1+1", "'12.50", "12.50;", "TRUE", "-", "?", "{{ 1 }}", "1; drop table x",
        "\u2212" + "5", "\u00bd", "10\u00b2", ".", "..5", ".5.5", "5.%",
    ),
    *rejected("products", "price", "range", "0", "-5.00", "0.00", "0.00004"),
    *rejected("products", "cost", "range", "-0.00001", "99.99995", "100.00"),
]  # fmt: skip

INTEGERS = [
    kept("products", "stock_quantity", "5.0", 5),
    kept("products", "stock_quantity", "007", 7),
    kept("products", "stock_quantity", "1,234,567", 1234567, "grouped"),
    kept("products", "stock_quantity", "\uff10\uff15", 5, "digits"),
    *rejected("products", "stock_quantity", "not_null", "", "NULL"),
    *rejected(
        "products", "stock_quantity", "type",
        "5.5", "1,234", "9999999999", "1e2", "5 pcs", "five", "NaN", "5-6", "0x5",
    ),
    *rejected("products", "stock_quantity", "range", "-1"),
]  # fmt: skip

DATES = [
    registered("2024-06-02"),
    registered(" 2024-06-02 "),
    registered("2024/06/02", "date_form"),
    registered("2024.06.02", "date_form"),
    registered("20240602", "date_form"),
    registered("2024-06-02T00:00:00", "date_form"),
    registered("2024-06-02 00:00:00.000", "date_form"),
    registered("2024-06-02 00:00", "date_form"),
    registered("2024-6-2", "date_form"),
    registered("2024/6/02", "date_form"),
    registered("2024.06.2 00:00", "date_form"),
    registered("2024-06-02\u00a0", "invisible"),
    registered("\u0968\u0966\u0968\u096a-\u0966\u096c-\u0966\u0968", "digits"),
    *rejected("customers", "registration_date", "not_null", "", "NULL", "N/A"),
    *rejected(
        "customers", "registration_date", "type",
        "02/06/2024", "31/12/2024", "06-02-2024", "02.06.2024", "2 Jun 2024", "Jun 2, 2024",
        "24-06-02", "2024-06", "2024", "2024-02-30", "2023-02-29", "2024-13-01",
        "2024-6-31", "2024-6-", "2024-6-021", "2024 6 2", "202462",
        "2024-00-10", "2024-01-00", "0000-00-00", "1899-12-31", "45446", "1717286400",
        "yesterday", "today", "now", "epoch", "infinity", "2024-06-02 14:30:00",
        "2024-06-02T00:00:00Z", "2024/06-02", "2024\u201106\u201102", "2024-06-O2", "20241301",
    ),
    *rejected("customers", "registration_date", "future", "2026-11-23", "2099-01-01"),
]  # fmt: skip

TIMES = [
    sold_at("9:05:00", time(9, 5), "time_form"),
    sold_at("9:30", time(9, 30), "time_form"),
    sold_at("09:30", time(9, 30)),
    sold_at("\u0669:\u0663\u0660", time(9, 30), "digits", "time_form"),
    *rejected(
        "transactions", "transaction_time", "type",
        "25:00", "9:5", "9:60", ":30", "9:05 AM", "10:00 AM", "24:00:00",
        "10:00:60", "1000", "10.00", "noon", "now",
    ),
    *rejected("transactions", "transaction_time", "not_null", "", "NULL"),
    *rejected("transactions", "transaction_date", "type", "22/11/2026", "2026-11-31"),
    *rejected("transactions", "transaction_date", "future", "2026-11-23"),
    *rejected("transactions", "total_amount", "type", "1.000,00", "NaN", "1e2"),
    *rejected("transactions", "total_amount", "range", "-0.01"),
    *rejected("transactions", "payment_method", "not_null", "", "NULL"),
]  # fmt: skip

CODES = [
    kept("customers", "customer_id", " A-1 ", "A-1"),
    kept("customers", "customer_id", "A\u200b-2", "A-2", "invisible"),
    kept("customers", "customer_id", "\u00d1-3", "\u00d1-3"),
    kept("customers", "email", " ASHA@Example.COM ", "asha@example.com"),
    kept("customers", "email", "\u0438\u0432\u0430@example.com", "\u0438\u0432\u0430@example.com"),
    kept("customers", "age_group", "N/A", None, "null_word"),
    kept("customers", "customer_id", "A\u0085\x1f-4\u061c", "A -4", "invisible"),
    kept("customers", "customer_id", "Cafe\u0301", "Caf\u00e9", "nfc"),
    kept("customers", "customer_id", "1\u1100\u1161\u200b", "1\uac00", "invisible", "nfc"),
    kept("customers", "customer_id", "\u041a\u041b0001", "\u041a\u041b0001"),
    kept("customers", "customer_id", "12\u0395\u039b34", "12\u0395\u039b34"),
    kept("customers", "customer_id", "\u9867\u5ba20001", "\u9867\u5ba20001"),
    kept(
        "customers", "customer_id", "\u0639\u0645\u064a\u06440001", "\u0639\u0645\u064a\u06440001"
    ),
    kept("customers", "customer_id", "R10k\u2126", "R10k\u03a9", "nfc"),
    kept("customers", "customer_id", "\u00c9T\u00c90001", "\u00c9T\u00c90001"),
    *rejected("customers", "customer_id", "not_null", "", "NULL", "None", r"\N"),
    *rejected("customers", "customer_id", "length", "C" * 21),
    *rejected(
        "customers", "customer_id", "lookalike",
        "CUS\u04220", "\u0421UST01", "CUST\u039f", "A1\u0410", "\u04101A", "\u00c9\u0422",
        "\u041a\u0391", "CUS\uff34", "A\u0301\u0301\u0410",
    ),
    *rejected("customers", "email", "lookalike", "\u0430sha@example.com", "asha@exampl\u0435.com"),
    *rejected("customers", "email", "not_null", "", "NULL"),
    *rejected(
        "customers", "email", "format",
        "asha", "asha@", "@example.com", "a@b", "a b@example.com", "a@b@example.com", "a@b..com",
    ),
]  # fmt: skip

PHONES = [
    phone("+15550101", "+15550101"),
    phone("\u202a+91 98765\u202c", "+9198765", "invisible"),
    phone("NULL", None, "null_word"),
    phone("(022) 555-0101", "0225550101"),
    phone("(+91) 22 555.0101", "+91225550101"),
    phone("+91 22\u2013555\u20110101", "+91225550101"),
    phone("+1 555 0101 ext. 12", "+15550101x12"),
    phone("555-0101 EXTENSION 3", "5550101x3"),
    phone("555 0101 #7", "5550101x7"),
    phone("\u0665\u0665\u0665\u0660\u0661\u0660\u0662", "5550102", "digits"),
    phone('="+915550102"', "+915550102", "phone_form"),
    phone("'+91 5550103", "+915550103", "phone_form"),
    phone("9876543210.0", "9876543210", "phone_form"),
    phone("\uff19\uff18\uff17\uff16\uff15.0", "98765", "digits", "phone_form"),
    *(
        phone(raw, raw, "phone_text")
        for raw in (
            "9.1555E+11", "9.1555E11", "555 0101 / 555 0102", "555-0103,555-0104", "n.a.", "+", "-",
            "tel: see note", "555-CALL", "+44 (0)20 7946 0000", "++15550105", "15550105+",
            "5550107x", "-5550106", "5550108x1x2", "1234567890123456", "5,550,109",
        )
    ),
    phone("\u0665\u0665\u0665 / \u0666", "555 / 6", "digits", "phone_text"),
    *rejected("customers", "phone", "length", "1" * 51),
]  # fmt: skip

TEXTS = [
    kept("customers", "first_name", "Null", "Null"),
    kept("customers", "last_name", "  o'brien ", "O'Brien"),
    kept("customers", "last_name", "Rao\u200b", "Rao", "invisible"),
    kept("customers", "city", "New\u00a0 Delhi", "New Delhi", "invisible"),
    kept("customers", "city", "Sa\u0303o Paulo", "S\u00e3o Paulo", "nfc"),
    kept("customers", "city", "Pune\u0085\x02\u061c", "Pune", "invisible"),
    kept("customers", "first_name", "A\u200dB", "A\u200db"),
    kept("customers", "city", "None", None, "null_word"),
    kept("customers", "state", "NA", "NA"),
    kept("customers", "country", "n/a", None, "null_word"),
    kept("customers", "city", "{{ env_var('HOME') }}", "{{ env_var('HOME') }}"),
    kept("customers", "city", "'; drop table mart.x; --", "'; drop table mart.x; --"),
    kept("customers", "city", "=cmd()", "=cmd()"),
    *rejected("customers", "first_name", "not_null", "", " \u200b ", "\u3164", "\x7f"),
    *rejected("customers", "first_name", "length", "x" * 101),
]  # fmt: skip

VALUES = [*MONEY, *INTEGERS, *DATES, *TIMES, *CODES, *PHONES, *TEXTS]
