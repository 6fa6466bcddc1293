with

{{ quarantined("transaction_items", [
    "item_id", "transaction_id", "product_id", "quantity",
    "unit_price", "discount_percentage", "line_total",
]) }}
