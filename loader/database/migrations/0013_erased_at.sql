-- An erasure counts from its first change on; until then the customer may be unknown.
alter table if exists ops.erasures alter column erased_at drop not null;
