"""Words, charts and the HTML report: the same verdict for the command line, the dashboard and paper.

`words` and `numbers` import nothing heavy; `charts` needs Altair; `html` needs Jinja2 and, for pictures, vl-convert.
"""
