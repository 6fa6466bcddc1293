"""The catalogue as files of the two great BI tools: a Tableau workbook and a Power BI project."""
