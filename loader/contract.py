"""The four files that a shop delivers, and their columns."""

TABLES: dict[str, tuple[str, ...]] = {
    "customers": (
        "customer_id",
        "first_name",
        "last_name",
        "email",
        "phone",
        "registration_date",
        "city",
        "state",
        "country",
        "age_group",
    ),
    "products": (
        "product_id",
        "product_name",
        "category",
        "sub_category",
        "price",
        "cost",
        "brand",
        "stock_quantity",
        "supplier_id",
    ),
    "transactions": (
        "transaction_id",
        "customer_id",
        "transaction_date",
        "transaction_time",
        "payment_method",
        "shipping_address",
        "total_amount",
    ),
    "transaction_items": (
        "item_id",
        "transaction_id",
        "product_id",
        "quantity",
        "unit_price",
        "discount_percentage",
        "line_total",
    ),
}


def file_name(table: str, *, is_packed: bool = False) -> str:
    """Return the name of the file that delivers a table, plain or packed by gzip."""
    return f"{table}.csv.gz" if is_packed else f"{table}.csv"
