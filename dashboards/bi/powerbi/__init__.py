"""The Power BI project, made from the catalogue: project.py joins model/ and report/."""
