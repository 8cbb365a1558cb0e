"""Models know the fixed marketing cost of a customer and the cost of a complaint: 0 until a setting says so."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        UPDATE model SET parameters = jsonb_set(parameters, '{money}', parameters -> 'money' ||
            '{"fixed_marketing_cost": "0", "complaint_cost": "0"}')
    """)


def downgrade() -> None:
    op.execute("""
        UPDATE model SET parameters = jsonb_set(parameters, '{money}',
            (parameters -> 'money') - 'fixed_marketing_cost' - 'complaint_cost')
    """)
