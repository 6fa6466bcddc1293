"""Files in the form of the Olist data set."""

from pathlib import Path

from factories.exports.files import write_export

OLIST_ORDER, OLIST_CUSTOMER, OLIST_PERSON, OLIST_PRODUCT = "a" * 32, "b" * 32, "c" * 32, "d" * 32


def write_olist(
    folder: Path,
    orders: list[dict[str, str]],
    items: list[dict[str, str]],
    payments: list[dict[str, str]],
) -> None:
    order = {
        "order_id": OLIST_ORDER,
        "customer_id": OLIST_CUSTOMER,
        "order_status": "delivered",
        "order_purchase_timestamp": "2017-10-02 10:56:33",
        "order_approved_at": "",
    }
    item = {
        "order_id": OLIST_ORDER,
        "order_item_id": "1",
        "product_id": OLIST_PRODUCT,
        "seller_id": "s",
        "price": "29.99",
        "freight_value": "8.72",
    }
    payment = {"order_id": OLIST_ORDER, "payment_type": "credit_card", "payment_value": "38.71"}
    write_export(folder / "in" / "olist_orders_dataset.csv", [order | each for each in orders])
    write_export(folder / "in" / "olist_order_items_dataset.csv", [item | each for each in items])
    write_export(
        folder / "in" / "olist_order_payments_dataset.csv", [payment | each for each in payments]
    )
    write_export(
        folder / "in" / "olist_customers_dataset.csv",
        [
            {
                "customer_id": each,
                "customer_unique_id": OLIST_PERSON,
                "customer_city": "sao paulo",
                "customer_state": "SP",
            }
            for each in sorted({order.get("customer_id", OLIST_CUSTOMER) for order in orders})
        ],
    )
    write_export(
        folder / "in" / "olist_products_dataset.csv",
        [
            {
                "product_id": OLIST_PRODUCT,
                "product_category_name": "perfumaria",
                "product_photos_qty": "1",
            }
        ],
    )
    write_export(
        folder / "in" / "product_category_name_translation.csv",
        [{"product_category_name": "perfumaria", "product_category_name_english": "perfumery"}],
        encoding="utf-8-sig",
    )
