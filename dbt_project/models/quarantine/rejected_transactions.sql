with

{{ quarantined("transactions", [
    "transaction_id", "customer_id", "transaction_date", "transaction_time",
    "payment_method", "shipping_address", "total_amount",
]) }}
