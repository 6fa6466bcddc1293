"""The Power BI project, made from the catalogue."""
