"""The data contract of this model. Change it together with the data."""

from ...contract import DataContract, Field

CONTRACT = DataContract(
    model="churn",
    entity="customer_id",
    time="event_time",
    target="churned",
    label_time="label_time",
    fields=(
        Field("tenure_months", "float", unit="months", min=0, max=240),
        Field("monthly_price", "float", unit="EUR", min=0, max=500),
        Field("usage_gb", "float", unit="GB per month", min=0, max=2000),
        Field("support_calls", "int", unit="calls in 30 days", min=0, max=100),
        Field("days_since_login", "float", unit="days", min=0, max=365),
        Field("failed_payments", "int", unit="payments in 90 days", min=0, max=50),
        Field("sessions_per_week", "int", unit="sessions", min=0, max=500),
        Field("discount", "float", unit="share of the price", min=0, max=1),
        Field("plan", "category", categories=("basic", "standard", "premium")),
        Field("contract", "category", categories=("monthly", "yearly", "two_years")),
        Field("payment", "category", categories=("card", "transfer", "invoice", "wallet")),
        Field("region", "category", categories=("north", "south", "east", "west")),
    ),
    protected=(Field("age_group", "category", categories=("18-34", "35-54", "55+")),),
    slices=("plan", "region"),
)
