"""What the server's settings change: the first build of the short history under each of them."""

from benchmarks.bench_shop import SHORT, Shop, Size

# As the embedded server is set, and one setting at a time as PostgreSQL has it.
AS_IT_COMES = {
    "random_page_cost": "4",
    "work_mem": "4MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "synchronous_commit": "off",
    "jit": "on",
    "max_parallel_workers_per_gather": "0",
    "checkpoint_timeout": "30min",
}


def measure(size: Size) -> dict[str, object]:
    """Build the short history from nothing, twice under each setting; keep the faster."""
    shop = Shop(size, SHORT, "tuning")
    shop.run(0, "load")
    found = {"as the embedded server is set": _build(shop)}
    for name, value in AS_IT_COMES.items():
        shop.query_autocommit(f"alter system set {name} = '{value}'")
        shop.query_autocommit("select pg_reload_conf()")
        found[f"{name} = {value}"] = _build(shop)
        shop.query_autocommit(f"alter system reset {name}")
        shop.query_autocommit("select pg_reload_conf()")
    return {"seconds": found}


def _build(shop: Shop) -> float:
    """Return the faster of two builds from nothing of what is derived."""
    return min(
        shop.dbt("build", "--full-refresh", "--exclude-resource-type", "unit_test").seconds
        for _ in range(2)
    )
