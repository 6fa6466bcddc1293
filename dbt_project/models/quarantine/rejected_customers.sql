with

{{ quarantined("customers", [
    "customer_id", "first_name", "last_name", "email", "phone",
    "registration_date", "city", "state", "country", "age_group",
]) }}
