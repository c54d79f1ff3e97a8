"""What the DAG files of this project share. Airflow imports it; it does not look for DAGs here."""
