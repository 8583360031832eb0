"""The product on servers that are several: a RabbitMQ cluster, a Postgres with a replica."""
