"""What the made-up shop sold on a day."""

import random
from collections.abc import Iterator
from datetime import date

from loader.shop import Row, Shop, home, money, price, stream, weighted


def sales(shop: Shop, day: date) -> Iterator[tuple[Row, list[Row]]]:
    """Give each transaction of a day with its items, in order of time."""
    rng = stream(shop.seed, "sales", day)
    quarter = shop.transactions_per_day // 4
    count = shop.transactions_per_day + rng.randint(-quarter, quarter)
    seconds = sorted(rng.randrange(8 * 3600, 23 * 3600) for _ in range(count))
    first_item = 1
    for sequence, second in enumerate(seconds, start=1):
        transaction_id = f"TXN{shop.day_number(day):05d}{sequence:05d}"
        rng = stream(shop.seed, "sale", day, sequence)
        items = list(_items(shop, day, rng, transaction_id, first_item))
        first_item += len(items)
        buyer = rng.randint(1, shop.customer_count(day))
        yield (
            (
                transaction_id,
                f"CUST{buyer:04d}",
                day,
                f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}",
                weighted(rng, shop.vocabulary["payment_methods"]),
                home(shop, buyer, day),
                sum(item[-1] for item in items),
            ),
            items,
        )


def _items(
    shop: Shop, day: date, rng: random.Random, transaction_id: str, first_item: int
) -> Iterator[Row]:
    size = min(int(weighted(rng, shop.vocabulary["basket_sizes"])), shop.products)
    bought = rng.sample(range(1, shop.products + 1), size)
    for sequence, number in enumerate(bought, start=first_item):
        quantity, unit_price = rng.randint(1, 5), price(shop, number, day)
        discount = int(weighted(rng, shop.vocabulary["discounts"]))
        yield (
            f"ITEM{shop.day_number(day):05d}{sequence:06d}",
            transaction_id,
            f"PROD{number:04d}",
            quantity,
            unit_price,
            discount,
            money(quantity * unit_price * (100 - discount) / 100),
        )
