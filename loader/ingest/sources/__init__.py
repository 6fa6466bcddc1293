"""Exports of other shop systems as our four files: one mapping, an SQL file, for each source.

Imports what loader.ingest may. `_macros.sql` and `_four_files.sql` are shared by the mappings.
"""
