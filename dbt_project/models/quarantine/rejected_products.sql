with

{{ quarantined("products", [
    "product_id", "product_name", "category", "sub_category", "price",
    "cost", "brand", "stock_quantity", "supplier_id",
]) }}
