-- A batch can be replaced by another delivery, and not only taken back.
alter table if exists ops.reverted_batches
    add column if not exists is_replaced boolean not null default false;
