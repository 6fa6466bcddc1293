"""A publication on record, of whatever a test has put into mart."""

from collections.abc import Callable

Execute = Callable[[str], None]
PUBLISH = """
insert into ops.publications (logical_date) values ('2026-11-22');
insert into ops.publication_relations (publication_id, relation_name)
select (select max(publication_id) from ops.publications), relname
from pg_class where relnamespace = 'mart'::regnamespace and relkind = 'r'
"""
