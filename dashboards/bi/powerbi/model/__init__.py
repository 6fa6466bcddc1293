"""The semantic model, in TMDL: tables, relationships, measures in DAX, the source of the rows."""
