"""The Tableau workbook and its extract, made from the catalogue."""
