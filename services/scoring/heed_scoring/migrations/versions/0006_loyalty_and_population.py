"""Models hold the judgements that loyalty is weighed by, and what the fit saw of the population: so far nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BUILT_IN = """{
    "population": {"customers": 0, "repeaters": 0, "standard": null},
    "loyalty": {
        "judgements": {
            "loyalty": [3.0], "attitude": [3.0, 4.0, 2.0],
            "behaviour": [2.0, 2.0, 3.0, 4.0, 4.0, 0.5, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 1.0, 1.0, 1.0]
        },
        "weights": {
            "behaviour": 0.75, "attitude": 0.25,
            "repeat_purchases": 0.34402, "relationship_weeks": 0.160521, "recency": 0.233864,
            "returned_share": 0.094641, "referrals": 0.083477, "cross_buying": 0.083477,
            "satisfaction": 0.625013, "recommendation": 0.238487, "effort": 0.1365
        },
        "cut_offs": {"attitude": 60.0, "behaviour": 60.0}
    }
}"""
ADD = sa.text("UPDATE model SET parameters = CAST(:built_in AS jsonb) || parameters").bindparams(built_in=BUILT_IN)


def upgrade() -> None:
    op.execute(ADD)


def downgrade() -> None:
    op.execute("UPDATE model SET parameters = parameters - 'loyalty' - 'population'")
