"""The floor: what any Flask application pays for one query and 25 rows through a compiled template."""

import os

from flask import Flask, render_template_string
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=20)
ROWS = "<table>{% for row in rows %}<tr><td>{{ row.id }}</td><td>{{ row.name }}</td></tr>{% endfor %}</table>"


@app.get("/")
def rows() -> str:
    """25 rows."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, name FROM product ORDER BY id LIMIT 25")).all()
    return render_template_string(ROWS, rows=found)
